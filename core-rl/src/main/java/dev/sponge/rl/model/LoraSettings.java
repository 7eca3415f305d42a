package dev.sponge.rl.model;

import dev.sponge.rl.UserError;
import java.util.List;

/**
 * Low-rank adaptation (LoRA, Hu et al., 2021).
 *
 * @param rank r
 * @param alpha the adapter's product is scaled by alpha / r
 * @param targets the projections that get one, in every layer
 */
public record LoraSettings(int rank, double alpha, List<Projection> targets) {
  public LoraSettings {
    if (rank < 1) {
      throw new UserError("lora rank is " + rank + ", must be at least 1");
    }
    if (!(alpha > 0) || Double.isInfinite(alpha)) {
      throw new UserError("lora alpha is " + alpha + ", must be a number above 0");
    }
    if (targets.isEmpty()) {
      throw new UserError("lora has no target projection; name at least one, for example q_proj");
    }
    targets = targets.stream().distinct().sorted().toList();
  }

  /** The factor of B A. */
  public double scale() {
    return alpha / rank;
  }
}
