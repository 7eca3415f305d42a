package dev.sponge.rl.training;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * What one update of the critic did; means are over response tokens, and values are those before
 * the update.
 *
 * @param tokens response tokens
 * @param loss mean clipped value loss
 * @param clipFraction share of tokens whose gradient the clip zeroed
 * @param valueMean mean value v
 * @param returnMean mean return R
 * @param returnVariance of R
 * @param errorVariance of R - v
 * @param gradNorm global L2 norm before clipping
 * @param learningRate of the update
 */
public record CriticReport(
    long tokens,
    double loss,
    double clipFraction,
    double valueMean,
    double returnMean,
    double returnVariance,
    double errorVariance,
    double gradNorm,
    double learningRate) {

  /**
   * 1 - Var(R - v) / Var(R): 1 for a perfect critic, 0 for a constant one; 0 where all returns are
   * equal, which leaves nothing to explain.
   */
  public double explainedVariance() {
    return returnVariance == 0 ? 0 : 1 - errorVariance / returnVariance;
  }

  /** Means over updates, under verl's names; none without updates. */
  public static Map<String, Double> metrics(List<CriticReport> updates) {
    if (updates.isEmpty()) {
      return Map.of();
    }
    Map<String, Double> metrics = new TreeMap<>();
    metrics.put("critic/vf_loss", mean(updates, CriticReport::loss));
    metrics.put("critic/vf_clipfrac", mean(updates, CriticReport::clipFraction));
    metrics.put("critic/vf_explained_var", mean(updates, CriticReport::explainedVariance));
    metrics.put("critic/vpred_mean", mean(updates, CriticReport::valueMean));
    metrics.put("critic/returns/mean", mean(updates, CriticReport::returnMean));
    metrics.put("critic/grad_norm", mean(updates, CriticReport::gradNorm));
    metrics.put("critic/lr", updates.get(updates.size() - 1).learningRate());
    return metrics;
  }

  private static double mean(List<CriticReport> updates, ToDoubleFunction<CriticReport> number) {
    return updates.stream().mapToDouble(number).average().orElseThrow();
  }

  /** Sums over tokens. */
  static final class Totals {
    private long tokens;
    private double loss;
    private double clipped;
    private double values;
    private double returns;
    private double returnSquares;
    private double errors;
    private double errorSquares;

    void add(float value, float target, float tokenLoss, float tokenClipped) {
      double error = (double) target - value;
      tokens++;
      loss += tokenLoss;
      clipped += tokenClipped;
      values += value;
      returns += target;
      returnSquares += (double) target * target;
      errors += error;
      errorSquares += error * error;
    }

    CriticReport report(AdamW.Update update) {
      return new CriticReport(
          tokens,
          loss / tokens,
          clipped / tokens,
          values / tokens,
          returns / tokens,
          variance(returns, returnSquares),
          variance(errors, errorSquares),
          update.gradNorm(),
          update.learningRate());
    }

    private double variance(double sum, double squares) {
      double mean = sum / tokens;
      return Math.max(0, squares / tokens - mean * mean);
    }
  }
}
