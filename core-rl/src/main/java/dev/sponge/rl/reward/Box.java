package dev.sponge.rl.reward;

import java.util.Optional;

/** Finds {@code \boxed{...}} in a response, in time linear in it. */
public final class Box {
  private static final String NAME = "\\boxed";
  private static final String OPEN = NAME + "{";

  private Box() {}

  /**
   * A closed box.
   *
   * @param start of {@code \boxed} in the response
   * @param content between its braces
   */
  public record Found(int start, String content) {}

  /** The last box, braces in it balanced; empty if there is none or it is not closed. */
  public static Optional<Found> last(String response) {
    int start = response.lastIndexOf(OPEN);
    if (start < 0) {
      return Optional.empty();
    }
    int depth = 1;
    for (int i = start + OPEN.length(); i < response.length(); i++) {
      switch (response.charAt(i)) {
        case '\\' -> i++; // \{ and \} are braces of a set
        case '{' -> depth++;
        case '}' -> depth--;
        default -> {}
      }
      if (depth == 0) {
        return Optional.of(new Found(start, response.substring(start + OPEN.length(), i)));
      }
    }
    return Optional.empty();
  }

  /** How often the word {@code \boxed} stands in a response, counted up to 2. */
  static int count(String response) {
    int first = response.indexOf(NAME);
    if (first < 0) {
      return 0;
    }
    return first == response.lastIndexOf(NAME) ? 1 : 2;
  }

  /** The right format of an answer: not truncated, and {@code \boxed} exactly once, closed. */
  static boolean alone(String response, boolean truncated) {
    return !truncated && count(response) == 1 && last(response).isPresent();
  }
}
