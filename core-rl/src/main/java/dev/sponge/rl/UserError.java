package dev.sponge.rl;

/**
 * What the user gave cannot be used: a flag, a key, a file, a table. The message says the problem,
 * the cause and the remedy with values and the config key; the command line prints it without a
 * stack trace and exits with code 2.
 */
public final class UserError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UserError(String message) {
    super(message);
  }

  public UserError(String message, Throwable cause) {
    super(message, cause);
  }
}
