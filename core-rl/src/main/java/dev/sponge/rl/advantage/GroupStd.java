package dev.sponge.rl.advantage;

/** Which standard deviation of a group's G rewards normalises them. */
public enum GroupStd {
  /** Divides the squares by G - 1, as verl and TRL do; then |A| is at most (G - 1) / sqrt(G). */
  SAMPLE,
  /** Divides the squares by G; then |A| is at most sqrt(G - 1). */
  POPULATION;

  /**
   * The standard deviation.
   *
   * @param rewards (G), G at least 2
   * @param mean of the rewards
   */
  double of(double[] rewards, double mean) {
    double squares = 0;
    for (double reward : rewards) {
      squares += (reward - mean) * (reward - mean);
    }
    return Math.sqrt(
        switch (this) {
          case SAMPLE -> squares / (rewards.length - 1);
          case POPULATION -> squares / rewards.length;
        });
  }
}
