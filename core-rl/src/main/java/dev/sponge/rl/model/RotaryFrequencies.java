package dev.sponge.rl.model;

import dev.sponge.rl.tensor.DecoderShape;

/** Rotary frequencies (Su et al., 2021) with their scaling, as transformers computes them. */
final class RotaryFrequencies {
  private RotaryFrequencies() {}

  /** (D/2) radians per position, and the factor of cos and sin. */
  static DecoderShape.Rope of(ModelConfig config) {
    int half = config.headDim() / 2;
    float[] frequencies = new float[half];
    for (int i = 0; i < half; i++) {
      double plain = Math.pow(config.ropeTheta(), -2.0 * i / config.headDim());
      frequencies[i] = (float) scaled(config, plain, i);
    }
    double factor =
        config.ropeScaling() instanceof RopeScaling.Yarn yarn ? yarn.attentionFactor() : 1;
    return new DecoderShape.Rope(frequencies, factor);
  }

  private static double scaled(ModelConfig config, double frequency, int index) {
    RopeScaling scaling = config.ropeScaling();
    if (scaling instanceof RopeScaling.Linear linear) {
      return frequency / linear.factor();
    }
    if (scaling instanceof RopeScaling.Llama3 llama3) {
      return llama3(llama3, frequency);
    }
    if (scaling instanceof RopeScaling.Yarn yarn) {
      return yarn(yarn, config, frequency, index);
    }
    return frequency;
  }

  private static double llama3(RopeScaling.Llama3 scaling, double frequency) {
    double wavelength = 2 * Math.PI / frequency;
    double rotations = scaling.originalMaxPositions() / wavelength;
    if (rotations < scaling.lowFreqFactor()) {
      return frequency / scaling.factor();
    }
    if (rotations > scaling.highFreqFactor()) {
      return frequency;
    }
    double smooth =
        (rotations - scaling.lowFreqFactor())
            / (scaling.highFreqFactor() - scaling.lowFreqFactor());
    return (1 - smooth) * frequency / scaling.factor() + smooth * frequency;
  }

  private static double yarn(
      RopeScaling.Yarn scaling, ModelConfig config, double frequency, int index) {
    double low = Math.max(Math.floor(dimensionOf(scaling.betaFast(), scaling, config)), 0);
    double high =
        Math.min(
            Math.ceil(dimensionOf(scaling.betaSlow(), scaling, config)), config.headDim() - 1.0);
    if (low == high) {
      // As transformers: no division by zero.
      high += 0.001;
    }
    double divided = Math.min(Math.max((index - low) / (high - low), 0), 1);
    return frequency / scaling.factor() * divided + frequency * (1 - divided);
  }

  /** The coordinate that turns so many times over the context of pretraining. */
  private static double dimensionOf(
      double rotations, RopeScaling.Yarn scaling, ModelConfig config) {
    return config.headDim()
        * Math.log(scaling.originalMaxPositions() / (rotations * 2 * Math.PI))
        / (2 * Math.log(config.ropeTheta()));
  }
}
