package dev.sponge.datasets.difficulty;

import java.util.ArrayList;
import java.util.List;

/**
 * How predicted pass rates agree with what was observed.
 *
 * @param bins of equal width from 0 to 1; bins without a prompt are left out
 * @param brier mean over answers of (prediction - right)^2, right being 0 or 1
 * @param constantBrier the same of one prediction for all prompts
 * @param expectedError expected calibration error: mean over answers of the distance between
 *     prediction and observed rate of their bin (Naeini et al. 2015)
 */
public record Calibration(
    List<Bin> bins, double brier, double constantBrier, double expectedError) {
  private static final int BINS = 10;

  public Calibration {
    bins = List.copyOf(bins);
  }

  /**
   * Prompts with similar predictions.
   *
   * @param low lower bound of the predictions
   * @param high upper bound
   * @param prompts how many
   * @param rollouts their answers
   * @param correct those that are right
   * @param predicted mean prediction over the answers
   */
  public record Bin(
      double low, double high, long prompts, long rollouts, long correct, double predicted) {
    /** Share of right answers. */
    public double observed() {
      return (double) correct / rollouts;
    }
  }

  /**
   * A prediction and what came out.
   *
   * @param predicted pass rate, 0 to 1
   * @param rollouts at least 1
   */
  public record Outcome(double predicted, long rollouts, long correct) {
    double squaredError(double prediction) {
      long wrong = rollouts - correct;
      return correct * (1 - prediction) * (1 - prediction) + wrong * prediction * prediction;
    }
  }

  /**
   * Compares.
   *
   * @param outcomes at least one
   * @param constant the prediction to compare with, such as the mean of the training data
   */
  public static Calibration of(List<Outcome> outcomes, double constant) {
    double total = outcomes.stream().mapToLong(Outcome::rollouts).sum();
    List<Bin> bins = new ArrayList<>();
    for (int i = 0; i < BINS; i++) {
      int index = i;
      List<Outcome> inside = outcomes.stream().filter(o -> index(o) == index).toList();
      if (!inside.isEmpty()) {
        long rollouts = inside.stream().mapToLong(Outcome::rollouts).sum();
        double sum = inside.stream().mapToDouble(o -> o.predicted() * o.rollouts()).sum();
        bins.add(
            new Bin(
                (double) i / BINS,
                (i + 1.0) / BINS,
                inside.size(),
                rollouts,
                inside.stream().mapToLong(Outcome::correct).sum(),
                sum / rollouts));
      }
    }
    return new Calibration(
        bins,
        outcomes.stream().mapToDouble(o -> o.squaredError(o.predicted())).sum() / total,
        outcomes.stream().mapToDouble(o -> o.squaredError(constant)).sum() / total,
        bins.stream().mapToDouble(b -> b.rollouts() * Math.abs(b.predicted() - b.observed())).sum()
            / total);
  }

  private static int index(Outcome outcome) {
    return Math.min(BINS - 1, (int) (outcome.predicted() * BINS));
  }
}
