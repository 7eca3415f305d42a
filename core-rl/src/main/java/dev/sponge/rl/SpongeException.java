package dev.sponge.rl;

/**
 * A stage failed or found damage in what it reads. The command line prints the message and exits
 * with code 1.
 */
public sealed class SpongeException extends RuntimeException permits DivergedException {
  private static final long serialVersionUID = 1L;

  public SpongeException(String message) {
    super(message);
  }

  public SpongeException(String message, Throwable cause) {
    super(message, cause);
  }
}
