package dev.sponge.rl.model;

import dev.sponge.rl.UserError;

/**
 * A bounded residual of the logits: z = z_base + scale * tanh(U V h).
 *
 * @param rank r of the factors
 * @param scale s; |log pi / pi_base| is at most 2 s at temperature 1, whatever the factors
 */
public record ResidualSettings(int rank, double scale) {
  public ResidualSettings {
    if (rank < 1) {
      throw new UserError("residual rank is " + rank + ", must be at least 1");
    }
    if (!(scale > 0) || Double.isInfinite(scale)) {
      throw new UserError("residual scale is " + scale + ", must be a number above 0");
    }
  }
}
