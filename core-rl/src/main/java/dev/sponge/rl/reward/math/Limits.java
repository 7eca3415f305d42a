package dev.sponge.rl.reward.math;

/**
 * Bounds of one verdict. Whatever goes past one of them ends as {@link Outcome#LIMIT}, and always
 * for the same input.
 *
 * @param length longest answer, characters
 * @param depth deepest nesting
 * @param nodes most nodes of a parsed answer
 * @param bits longest exact numerator or denominator, bits
 * @param factorial largest number whose factorial is computed
 * @param work most work of one comparison: about a thousand million machine words a second on one
 *     core
 */
public record Limits(int length, int depth, int nodes, int bits, int factorial, long work) {
  /** The bounds that every preset uses. */
  public static final Limits STANDARD = new Limits(4096, 60, 3000, 40_000, 2500, 30_000_000L);

  public Limits {
    if (length < 1 || depth < 1 || nodes < 1 || bits < 64 || factorial < 1 || work < 1) {
      throw new IllegalArgumentException("bounds of the math verifier must be positive");
    }
  }
}
