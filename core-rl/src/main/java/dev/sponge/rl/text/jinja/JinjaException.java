package dev.sponge.rl.text.jinja;

/** A template that cannot be read or rendered: its fault, or one of its own making. */
public final class JinjaException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  JinjaException(String message) {
    super(message);
  }

  private JinjaException(String message, Throwable cause) {
    super(message, cause);
  }

  /** The same failure with the line it happened at, unless it names one already. */
  JinjaException at(int line) {
    return getCause() != null
        ? this
        : new JinjaException("line " + line + ": " + getMessage(), this);
  }
}
