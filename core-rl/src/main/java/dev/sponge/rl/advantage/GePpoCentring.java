package dev.sponge.rl.advantage;

import dev.sponge.rl.SpongeException;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * GePPO's normalisation of a minibatch with replayed tokens (arXiv 2111.00072 and its reference
 * code): (A - E[c nu A] / E[c nu]) / (std(c nu A) + 1e-8), c = pi_k/mu. With c = nu = 1 it is PPO's
 * usual one with the population standard deviation.
 *
 * <p>The weighted mean estimates the mean advantage under pi_k; the plain mean of replayed tokens
 * is that of the older policies. The standard deviation is taken before centring.
 */
public final class GePpoCentring {
  private static final double STD_EPSILON = 1e-8;

  private GePpoCentring() {}

  /**
   * The normalised advantages.
   *
   * @param advantages one row per response with the advantages of its tokens
   * @param ratios rows of the same lengths: c, untruncated
   * @param weights nu of each response, 0 or more, not all 0
   */
  public static double[][] centre(double[][] advantages, double[][] ratios, double[] weights) {
    Checks.sameLength("rows of ratios", ratios.length, "responses", advantages.length);
    Checks.sameLength("weights", weights.length, "responses", advantages.length);
    for (int b = 0; b < advantages.length; b++) {
      Checks.sameLength("ratios", ratios[b].length, "advantages", advantages[b].length);
      Checks.finite("advantage", advantages[b]);
      Checks.finite("ratio", ratios[b]);
    }
    double[] tokenWeights = flatten(ratios, (b, t) -> weights[b] * ratios[b][t]);
    double[] weighted = flatten(ratios, (b, t) -> weights[b] * ratios[b][t] * advantages[b][t]);
    double total = Arrays.stream(tokenWeights).sum();
    if (!(total > 0)) {
      throw new SpongeException(
          "The weights nu pi_k/mu of %d tokens add up to %s; no mean can be taken"
              .formatted(tokenWeights.length, total));
    }
    double mean = Arrays.stream(weighted).sum() / total;
    double scale = 1 / (populationStd(weighted) + STD_EPSILON);
    return Arrays.stream(advantages)
        .map(row -> Arrays.stream(row).map(a -> (a - mean) * scale).toArray())
        .toArray(double[][]::new);
  }

  private interface TokenNumber {
    double at(int response, int token);
  }

  private static double[] flatten(double[][] rows, TokenNumber number) {
    return IntStream.range(0, rows.length)
        .boxed()
        .flatMapToDouble(b -> IntStream.range(0, rows[b].length).mapToDouble(t -> number.at(b, t)))
        .toArray();
  }

  private static double populationStd(double[] values) {
    double mean = Arrays.stream(values).sum() / values.length;
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    return Math.sqrt(squares / values.length);
  }
}
