package dev.sponge.rl;

/** A loss or a gradient is not finite: training cannot go on, nothing was published. */
public final class DivergedException extends SpongeException {
  private static final long serialVersionUID = 1L;

  public DivergedException(String message) {
    super(message);
  }

  public DivergedException(String message, Throwable cause) {
    super(message, cause);
  }
}
