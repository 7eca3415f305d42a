package dev.sponge.rl.training;

import dev.sponge.rl.objective.BapoBounds;
import dev.sponge.rl.objective.ObjectiveSettings;
import dev.sponge.rl.objective.TokenStats;
import dev.sponge.rl.training.StepReport.RolloutReport;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** Adds up token values of all micro-batches of a step into its metrics. */
final class TokenTotals {
  private static final double UPPER_QUANTILE = 0.99;

  private final ObjectiveSettings objective;
  private final int planned;
  private final List<RolloutReport> rollouts = new ArrayList<>();
  private final List<Values> ratioOfLag = new ArrayList<>();
  private final List<Values> centreOfLag = new ArrayList<>();
  private final Positions positions = new Positions();
  private final List<BapoBounds> bounds = new ArrayList<>();
  private OptionalDouble totalVariation = OptionalDouble.empty();
  private double policyLoss;
  private double clipped;
  private double approximateKl;
  private double klBase;
  private double klPrecedent;
  private double entropy;
  private long tokens;
  private long negativeAdvantages;
  private double gradNormSum;
  private double gradNormMax;
  private double learningRate;
  private int updates;

  TokenTotals(StepPlan plan) {
    objective = plan.objective();
    planned = plan.passes() * plan.minibatches();
  }

  /** The token values of a micro-batch in Java memory, (B, C) row by row. */
  record Copied(
      int columns,
      float[] loss,
      float[] ratio,
      float[] logCentre,
      float[] clipped,
      float[] klBase,
      float[] klPrecedent,
      float[] entropy) {

    static Copied of(TokenStats stats) {
      return new Copied(
          (int) stats.mask().getShape().get(1),
          stats.policyLoss().toFloatArray(),
          stats.ratio().toFloatArray(),
          stats.logCentre().toFloatArray(),
          stats.clipped().toFloatArray(),
          stats.klBase().toFloatArray(),
          stats.klPrecedent().toFloatArray(),
          stats.entropy().toFloatArray());
    }
  }

  void add(int pass, List<TrainingSequence> sequences, Copied values) {
    for (int row = 0; row < sequences.size(); row++) {
      TrainingSequence sequence = sequences.get(row);
      int from = row * values.columns();
      addRow(pass, sequence, values, from);
    }
  }

  private void addRow(int pass, TrainingSequence sequence, Copied values, int from) {
    int c = sequence.responseIds().length;
    Values ratios = ofLag(ratioOfLag, sequence.lag());
    Values centres = ofLag(centreOfLag, sequence.lag());
    double loss = 0;
    double ratio = 0;
    double clip = 0;
    double base = 0;
    double precedent = 0;
    for (int i = from; i < from + c; i++) {
      loss += values.loss()[i];
      ratio += values.ratio()[i];
      clip += values.clipped()[i];
      base += values.klBase()[i];
      precedent += values.klPrecedent()[i];
      entropy += values.entropy()[i];
      approximateKl += values.logCentre()[i] - Math.log(values.ratio()[i]);
      float advantage = sequence.signal().advantages()[i - from];
      positions.add((i - from) * Positions.DECILES / c, values.ratio()[i], advantage);
      negativeAdvantages += advantage < 0 ? 1 : 0;
      ratios.add(values.ratio()[i]);
      centres.add(values.logCentre()[i]);
    }
    tokens += c;
    policyLoss += loss;
    clipped += clip;
    klBase += base;
    klPrecedent += precedent;
    rollouts.add(
        new RolloutReport(
            pass,
            sequence.rolloutId(),
            sequence.lag(),
            sequence.signal().meanAdvantage(),
            ratio / c,
            clip / c,
            base / c,
            precedent / c,
            loss / c));
  }

  void addUpdate(AdamW.Update update) {
    gradNormSum += update.gradNorm();
    gradNormMax = Math.max(gradNormMax, update.gradNorm());
    learningRate = update.learningRate();
    updates++;
  }

  void addBounds(BapoBounds found) {
    bounds.add(found);
  }

  void addTotalVariation(double found) {
    totalVariation = OptionalDouble.of(found);
  }

  /** Means are there only where something was trained: over no tokens there are none. */
  StepReport report() {
    SortedMap<String, Double> metrics = new TreeMap<>();
    metrics.put("actor/kl_coef", objective.kl().coefficient());
    metrics.put("actor/lambda", objective.kl().lambda());
    metrics.put("actor/updates", (double) updates);
    metrics.put("actor/skipped_updates", (double) planned - updates);
    if (updates > 0) {
      putMeans(metrics);
    }
    return new StepReport(metrics, List.copyOf(rollouts), tokens);
  }

  private void putMeans(SortedMap<String, Double> metrics) {
    double lambda = objective.kl().lambda();
    metrics.put("actor/pg_loss", policyLoss / tokens);
    metrics.put("actor/pg_clipfrac", clipped / tokens);
    metrics.put("actor/ppo_kl", approximateKl / tokens);
    metrics.put("actor/kl_base", klBase / tokens);
    metrics.put("actor/kl_precedent", klPrecedent / tokens);
    metrics.put("actor/kl_loss", (lambda * klBase + (1 - lambda) * klPrecedent) / tokens);
    metrics.put("actor/entropy", entropy / tokens);
    metrics.put("actor/grad_norm", gradNormSum / updates);
    metrics.put("actor/grad_norm_max", gradNormMax);
    metrics.put("actor/lr", learningRate);
    metrics.put("critic/advantages/negative_share", (double) negativeAdvantages / tokens);
    putQuantiles(metrics, "actor/ratio", Values.union(ratioOfLag));
    for (int lag = 0; lag < ratioOfLag.size(); lag++) {
      if (ratioOfLag.get(lag).size > 0) {
        putQuantiles(metrics, "actor/ratio/lag_" + lag, ratioOfLag.get(lag));
        putQuantiles(metrics, "actor/log_c/lag_" + lag, centreOfLag.get(lag));
      }
    }
    positions.put(metrics);
    totalVariation.ifPresent(found -> metrics.put("actor/total_variation", found));
    if (!bounds.isEmpty()) {
      metrics.put("actor/clip_low", mean(BapoBounds::low));
      metrics.put("actor/clip_high", mean(BapoBounds::high));
      metrics.put("actor/positive_share", mean(BapoBounds::share));
    }
  }

  private double mean(ToDoubleFunction<BapoBounds> number) {
    return bounds.stream().mapToDouble(number).average().orElseThrow();
  }

  private static void putQuantiles(SortedMap<String, Double> metrics, String name, Values values) {
    float[] sorted = Arrays.copyOf(values.items, values.size);
    Arrays.sort(sorted);
    double sum = 0;
    for (float value : sorted) {
      sum += value;
    }
    metrics.put(name + "/mean", sum / sorted.length);
    metrics.put(name + "/p99", (double) sorted[(int) (UPPER_QUANTILE * (sorted.length - 1))]);
    metrics.put(name + "/max", (double) sorted[sorted.length - 1]);
  }

  private static Values ofLag(List<Values> byLag, int lag) {
    while (byLag.size() <= lag) {
      byLag.add(new Values());
    }
    return byLag.get(lag);
  }

  /**
   * Means by the tenth of its response that a token stands in. The product r A is the term behind
   * the whipping effect (arXiv 2507.06892): where A is mostly negative and r drifts upwards along a
   * response, long responses are pushed down most.
   */
  private static final class Positions {
    static final int DECILES = 10;
    private final double[] ratio = new double[DECILES];
    private final double[] product = new double[DECILES];
    private final long[] tokens = new long[DECILES];

    void add(int decile, double tokenRatio, double advantage) {
      ratio[decile] += tokenRatio;
      product[decile] += tokenRatio * advantage;
      tokens[decile]++;
    }

    void put(SortedMap<String, Double> metrics) {
      for (int d = 0; d < DECILES; d++) {
        if (tokens[d] > 0) {
          metrics.put("actor/ratio/decile_" + d + "/mean", ratio[d] / tokens[d]);
          metrics.put("actor/ratio_advantage/decile_" + d + "/mean", product[d] / tokens[d]);
        }
      }
      metrics.put(
          "actor/ratio_advantage/mean", Arrays.stream(product).sum() / Arrays.stream(tokens).sum());
    }
  }

  /** A growing array of floats. */
  private static final class Values {
    private float[] items = new float[1024];
    private int size;

    void add(float value) {
      if (size == items.length) {
        items = Arrays.copyOf(items, 2 * size);
      }
      items[size++] = value;
    }

    static Values union(List<Values> parts) {
      Values all = new Values();
      for (Values part : parts) {
        for (int i = 0; i < part.size; i++) {
          all.add(part.items[i]);
        }
      }
      return all;
    }
  }
}
