package dev.sponge.rl.gguf;

/** Recovers the scaling of the rotary frequencies from what GGUF keeps of it. */
final class RopeScalings {
  /** Factors of the rotary wavelengths, (headSize / 2). */
  static final String FACTORS = "rope_freqs.weight";

  private static final int LLAMA3_CONTEXT = 8192;
  private static final double LLAMA3_LOW = 1;
  private static final double LLAMA3_HIGH = 4;
  private static final double TOLERANCE = 1e-3;

  private RopeScalings() {}

  /**
   * Reads the scaling of a model.
   *
   * @throws dev.sponge.rl.UserError when it is none of those that can be written down
   */
  static RopeScaling of(GgufFile file, ModelSizes sizes) {
    GgufMetadata metadata = file.header().metadata();
    GgufTensor factors = file.header().tensors().get(FACTORS);
    String prefix = sizes.architecture().key() + ".rope.scaling.";
    String type = metadata.text(prefix + "type").orElse("none");
    if (factors != null) {
      if (!type.equals("none")) {
        throw metadata.wrong(prefix + "type", "= \"" + type + "\" together with tensor " + FACTORS);
      }
      int context = metadata.natural(prefix + "original_context_length").orElse(LLAMA3_CONTEXT);
      return llama3(metadata, file.floats(factors), sizes, context);
    }
    return switch (type) {
      case "none" -> new RopeScaling.None();
      case "linear" -> linear(metadata, prefix + "factor");
      default ->
          throw metadata.wrong(
              prefix + "type",
              "= \"" + type + "\" is not supported; Sponge imports none, linear and Llama 3's");
    };
  }

  private static RopeScaling linear(GgufMetadata metadata, String key) {
    float factor = metadata.real(key).orElse(1f);
    if (factor < 1) {
      throw metadata.wrong(key, "= " + factor + " must be at least 1");
    }
    return factor == 1
        ? new RopeScaling.None()
        : new RopeScaling.Linear(Double.parseDouble(Float.toString(factor)));
  }

  /** GGUF keeps the factors and not the four numbers they were made from. */
  private static RopeScaling llama3(
      GgufMetadata metadata, float[] factors, ModelSizes sizes, int context) {
    int pairs = sizes.headSize() / 2;
    if (factors.length != pairs) {
      throw metadata.wrong(
          FACTORS, "has " + factors.length + " values where the head size asks for " + pairs);
    }
    double factor = factor(factors[pairs - 1], wavelength(sizes, pairs - 1), context);
    RopeScaling.Llama3 guess = new RopeScaling.Llama3(factor, LLAMA3_LOW, LLAMA3_HIGH, context);
    for (int pair = 0; pair < pairs; pair++) {
      double expected = guess.stretch(wavelength(sizes, pair));
      // Also false for a factor that is no number.
      if (!(Math.abs(factors[pair] - expected) <= TOLERANCE * expected)) {
        throw metadata.wrong(
            FACTORS,
            "holds "
                + factors[pair]
                + " for pair "
                + pair
                + ", where Llama 3's scaling by "
                + factor
                + " has "
                + expected
                + "; no other scaling is supported");
      }
    }
    return factor == 1 ? new RopeScaling.None() : guess;
  }

  private static double wavelength(ModelSizes sizes, int pair) {
    return 2 * Math.PI * Math.pow(sizes.ropeBase(), pair / (sizes.headSize() / 2.0));
  }

  /** The factor behind the stretch of the longest wavelength: the inverse of {@code stretch}. */
  private static double factor(double stretch, double longest, int context) {
    double smooth = (context / longest - LLAMA3_LOW) / (LLAMA3_HIGH - LLAMA3_LOW);
    double factor = smooth <= 0 || smooth >= 1 ? stretch : (1 - smooth) / (1 / stretch - smooth);
    // It was a short decimal before the file made it a float32.
    return Math.round(factor * 1e4) / 1e4;
  }
}
