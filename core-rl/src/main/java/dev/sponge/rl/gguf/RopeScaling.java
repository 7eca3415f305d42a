package dev.sponge.rl.gguf;

/** How the rotary frequencies are changed for long contexts. */
sealed interface RopeScaling {
  record None() implements RopeScaling {}

  /** Positions are divided by a factor. */
  record Linear(double factor) implements RopeScaling {}

  /**
   * Long wavelengths are stretched as in Llama 3.1 ({@code _compute_llama3_parameters} of
   * transformers' modeling_rope_utils.py).
   */
  record Llama3(double factor, double lowFrequency, double highFrequency, int originalContext)
      implements RopeScaling {
    /** What a rotary wavelength of the unscaled model is multiplied with. */
    double stretch(double wavelength) {
      if (wavelength < originalContext / highFrequency) {
        return 1;
      }
      if (wavelength > originalContext / lowFrequency) {
        return factor;
      }
      double smooth =
          (originalContext / wavelength - lowFrequency) / (highFrequency - lowFrequency);
      return 1 / ((1 - smooth) / factor + smooth);
    }
  }
}
