package dev.sponge.rl.text;

import java.util.Arrays;
import java.util.List;

/** Ends a completion as soon as its text holds one of the given strings. */
public final class StopStrings {
  /** A token may hold a single byte of a character, which takes up to four. */
  private static final int BYTES_PER_CHARACTER = 4;

  private final Tokenizer tokenizer;
  private final List<String> strings;
  private final int window;

  /**
   * @param strings none empty
   */
  public StopStrings(Tokenizer tokenizer, List<String> strings) {
    if (strings.stream().anyMatch(String::isEmpty)) {
      throw new IllegalArgumentException("an empty stop string ends everything");
    }
    this.tokenizer = tokenizer;
    this.strings = List.copyOf(strings);
    int longest = strings.stream().mapToInt(String::length).max().orElse(0);
    window = BYTES_PER_CHARACTER * longest + BYTES_PER_CHARACTER;
  }

  /**
   * @param ids tokens; only the first {@code length} count
   * @return whether the text of the newest of them holds a stop string
   */
  public boolean endsWith(int[] ids, int length) {
    // A string that ends with the newest token began at most so many tokens before.
    String text = tokenizer.decode(Arrays.copyOfRange(ids, Math.max(0, length - window), length));
    return strings.stream().anyMatch(text::contains);
  }
}
