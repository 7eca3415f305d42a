package dev.sponge.rl.generation;

/**
 * One prompt and the samples wanted of it; the prompt is processed once for all of them.
 *
 * @param promptIds (P) tokens, at least one
 * @param seeds (G) one seed a sample, see {@link TokenRandom#seed}
 */
public record GenerationRequest(int[] promptIds, long[] seeds) {
  public GenerationRequest {
    if (promptIds.length == 0) {
      throw new IllegalArgumentException("a prompt needs at least one token");
    }
    if (seeds.length == 0) {
      throw new IllegalArgumentException("a request needs at least one sample");
    }
  }
}
