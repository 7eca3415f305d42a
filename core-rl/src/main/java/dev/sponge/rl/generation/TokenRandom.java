package dev.sponge.rl.generation;

/**
 * The random numbers of sampling, as pure functions: a retried task draws the same tokens, whatever
 * ran before it.
 *
 * <p>The mixer is the finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
 */
public final class TokenRandom {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
  private static final int UNIFORM_BITS = 23;

  private TokenRandom() {}

  /**
   * The seed of one rollout.
   *
   * @param runSeed seed of the run
   * @param policyVersion version of the behaviour policy
   * @param promptId identifier of the prompt, any text
   * @param sampleIndex place in the group, from 0
   */
  public static long seed(long runSeed, int policyVersion, String promptId, int sampleIndex) {
    long state = mix(runSeed + GOLDEN_GAMMA);
    state = mix(state ^ (policyVersion + GOLDEN_GAMMA));
    for (int i = 0; i < promptId.length(); i++) {
      state = mix(state ^ (promptId.charAt(i) + GOLDEN_GAMMA));
    }
    return mix(state ^ (sampleIndex + GOLDEN_GAMMA));
  }

  /**
   * The uniform for token {@code t} of a rollout: a multiple of 2^-23 in [0, 1), so that times a
   * float32 total it stays below the total.
   */
  public static float uniform(long seed, int t) {
    long bits = mix(seed + (t + 1) * GOLDEN_GAMMA) >>> (Long.SIZE - UNIFORM_BITS);
    return bits * 0x1p-23f;
  }

  /** A bijection of 64-bit integers that spreads every input bit over the output. */
  public static long mix(long z) {
    long a = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
    return b ^ (b >>> 31);
  }
}
