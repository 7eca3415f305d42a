package dev.sponge.rl.training;

import dev.sponge.rl.objective.BapoBounds;
import dev.sponge.rl.objective.TvLearningRate;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * All tokens of some sequences under pi_theta as it is now.
 *
 * @param ratios pi_theta/mu
 * @param centres pi_k/mu
 * @param advantages as the policy loss reads them
 * @param weights what the policy loss of each counts
 */
record TokenRatios(double[] ratios, double[] centres, double[] advantages, double[] weights) {

  /**
   * @param logprobs (C) log pi_theta of every sequence, by micro-batch
   */
  static TokenRatios of(List<List<TrainingSequence>> parts, List<List<float[]>> logprobs) {
    DoubleStream.Builder ratios = DoubleStream.builder();
    DoubleStream.Builder centres = DoubleStream.builder();
    DoubleStream.Builder advantages = DoubleStream.builder();
    DoubleStream.Builder weights = DoubleStream.builder();
    for (int p = 0; p < parts.size(); p++) {
      for (int row = 0; row < parts.get(p).size(); row++) {
        TrainingSequence sequence = parts.get(p).get(row);
        float[] logp = logprobs.get(p).get(row);
        for (int t = 0; t < logp.length; t++) {
          float mu = sequence.anchors().mu()[t];
          ratios.add(Math.exp((double) logp[t] - mu));
          centres.add(Math.exp((double) sequence.anchors().current()[t] - mu));
          advantages.add(sequence.signal().advantages()[t]);
          weights.add(sequence.signal().weight());
        }
      }
    }
    return new TokenRatios(
        ratios.build().toArray(),
        centres.build().toArray(),
        advantages.build().toArray(),
        weights.build().toArray());
  }

  /** The bounds of BAPO. */
  BapoBounds bounds(BapoBounds.Search search) {
    return BapoBounds.search(ratios, advantages, search);
  }

  /** An estimate of TV(pi_theta, pi_k). */
  double totalVariation() {
    return TvLearningRate.totalVariation(weights, ratios, centres);
  }
}
