package dev.sponge.rl.batch;

/**
 * What a buffer knows of one group of completions.
 *
 * @param id of the prompt; a buffer holds at most one group of each prompt and version
 * @param version of the policy that sampled it
 * @param accuracy share of right completions, from 0 to 1
 */
public record RolledGroup(String id, int version, double accuracy) {
  public RolledGroup {
    if (!(accuracy >= 0 && accuracy <= 1)) {
      throw new IllegalArgumentException(
          "accuracy of group " + id + " is " + accuracy + ", must be between 0 and 1");
    }
  }

  /** 1/G <= accuracy <= (G - 1)/G. */
  boolean mixed() {
    return accuracy > 0 && accuracy < 1;
  }
}
