package dev.sponge.rl.batch;

import dev.sponge.rl.UserError;
import java.util.OptionalDouble;

/**
 * A share p of history that follows what history is worth. With an effective sample size e of the
 * replayed tokens (normalised) a batch of B groups is worth B (1 - p + p e) fresh ones. p is the
 * largest share with which that is at least {@code least} B, and at most {@code maxShare}:
 *
 * <pre>p = min(maxShare, (1 - least) / (1 - e))</pre>
 *
 * History that is as good as new is replayed up to {@code maxShare}; the less it is worth, the less
 * of it, down to 1 - least.
 *
 * @param maxShare largest p, above 0 and below 1
 * @param least share of a batch that must be effective, from 0 to 1
 */
public record AutoShare(double maxShare, double least) {
  public AutoShare {
    if (!(maxShare > 0 && maxShare < 1)) {
      throw new UserError(
          "history.auto.max_share is " + maxShare + ", must be above 0 and below 1");
    }
    if (!(least >= 0 && least <= 1)) {
      throw new UserError("history.auto.effective is " + least + ", must be between 0 and 1");
    }
  }

  /**
   * @param ess e, measured in the step before, above 0 and at most 1; empty where it replayed
   *     nothing, which tells nothing against {@code maxShare}
   */
  public double share(OptionalDouble ess) {
    double lost = ess.isPresent() ? 1 - ess.getAsDouble() : 0;
    return maxShare * lost <= 1 - least ? maxShare : (1 - least) / lost;
  }
}
