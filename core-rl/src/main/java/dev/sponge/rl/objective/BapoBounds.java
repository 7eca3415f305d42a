package dev.sponge.rl.objective;

/**
 * The clip bounds of one batch, searched so that tokens of positive advantage get their share of
 * the update (BAPO, arXiv 2510.18927). The search looks at the tokens of the whole minibatch;
 * bounds of single micro-batches would differ.
 *
 * @param low c_low, a ratio
 * @param high c_high, a ratio
 * @param share the share of positive tokens at these bounds; below the target if the ranges end
 */
public record BapoBounds(double low, double high, double share) {

  /** What the share is measured in. */
  public enum Share {
    /**
     * The paper's |min(r A, clip(r) A)|. For A &lt; 0 it is max(r, c_low) |A|: raising c_low raises
     * the negative part, though fewer negative tokens keep their gradient.
     */
    VALUE,
    /** r |A| of tokens that keep their gradient: grows with both bounds. */
    GRADIENT
  }

  /**
   * The values a bound may take.
   *
   * @param start where it begins, above 0
   * @param end where it ends, at least {@code start}
   * @param step above 0
   */
  public record Range(double start, double end, double step) {
    public Range {
      Settings.require(start > 0, "objective.bapo.start", start, "above 0");
      Settings.require(end >= start, "objective.bapo.end", end, "at least the start, " + start);
      Settings.require(step > 0, "objective.bapo.step", step, "above 0");
    }

    private int steps() {
      return (int) Math.floor((end - start) / step + 1e-9); // 0.3 / 0.02 is 14.999...
    }

    private double at(int i) {
      return Math.min(end, start + i * step);
    }
  }

  /**
   * What is searched for.
   *
   * @param target smallest share of positive tokens, in [0, 1]
   * @param low range of c_low, at most 1
   * @param high range of c_high, from 1 or more
   */
  public record Search(double target, Range low, Range high, Share share) {
    public Search {
      Settings.require(
          target >= 0 && target <= 1, "objective.bapo.target", target, "between 0 and 1");
      Settings.require(low.end() <= 1, "objective.bapo.low.end", low.end(), "at most 1");
      Settings.require(high.start() >= 1, "objective.bapo.high.start", high.start(), "at least 1");
    }

    /** The numbers of the paper, with the share of gradients. */
    public static Search paper() {
      return new Search(0.4, new Range(0.6, 0.9, 0.02), new Range(1.2, 3.0, 0.05), Share.GRADIENT);
    }
  }

  /**
   * Raises c_high to its end, then c_low to its end, until the share is reached.
   *
   * @param ratios pi_theta/mu of all tokens of the minibatch that count
   * @param advantages of the same tokens
   */
  public static BapoBounds search(double[] ratios, double[] advantages, Search search) {
    if (ratios.length != advantages.length) {
      throw new IllegalArgumentException(
          "%d ratios and %d advantages".formatted(ratios.length, advantages.length));
    }
    int lowSteps = 0;
    int highSteps = 0;
    while (true) {
      double low = search.low().at(lowSteps);
      double high = search.high().at(highSteps);
      double share = share(ratios, advantages, low, high, search.share());
      if (share >= search.target()
          || (highSteps == search.high().steps() && lowSteps == search.low().steps())) {
        return new BapoBounds(low, high, share);
      }
      if (highSteps < search.high().steps()) {
        highSteps++;
      } else {
        lowSteps++;
      }
    }
  }

  /** The share of tokens with A &gt; 0, in [0, 1]; 1 if there is nothing to share. */
  static double share(double[] ratios, double[] advantages, double low, double high, Share by) {
    double positive = 0;
    double total = 0;
    for (int i = 0; i < ratios.length; i++) {
      double term = term(ratios[i], advantages[i], low, high, by);
      total += term;
      positive += advantages[i] > 0 ? term : 0;
    }
    return total > 0 ? positive / total : 1;
  }

  private static double term(double r, double a, double low, double high, Share by) {
    boolean rising = a > 0;
    return switch (by) {
      case VALUE -> (rising ? Math.min(r, high) : Math.max(r, low)) * Math.abs(a);
      case GRADIENT -> (rising ? r <= high : r >= low) ? r * Math.abs(a) : 0;
    };
  }
}
