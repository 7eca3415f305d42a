package dev.sponge.jobs.run;

import dev.sponge.jobs.table.Incarnation;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Policy;
import dev.sponge.rl.UserError;
import java.util.Optional;

/**
 * Where a run stands, as its tables tell.
 *
 * @param policy the newest policy, pi_k
 * @param incarnation the last reincarnation, if there was one
 */
public record RunState(Policy policy, Optional<Incarnation> incarnation) {

  /** Reads the tables; empty before the bootstrap. */
  public static Optional<RunState> find(Lakehouse lakehouse, String runId) {
    return lakehouse
        .policies()
        .latest(runId)
        .map(policy -> new RunState(policy, lakehouse.incarnations().latest(runId)));
  }

  /** As {@link #find}, for stages that need a policy. */
  public static RunState require(Lakehouse lakehouse, String runId) {
    return find(lakehouse, runId)
        .orElseThrow(
            () ->
                new UserError(
                    "Run \""
                        + runId
                        + "\" has no policy yet; make version 0 with: sponge bootstrap --work DIR"));
  }

  /** k, the step that comes next, which is also the version of {@link #policy}. */
  public int step() {
    return policy.policyVersion();
  }

  /** Version of the base anchor. */
  public int baseVersion() {
    return incarnation.map(Incarnation::baseVersion).orElse(0);
  }

  public int incarnationNumber() {
    return incarnation.map(Incarnation::incarnation).orElse(0);
  }

  /** The first policy version that may be replayed. */
  public int historyFrom() {
    return incarnation.map(Incarnation::historyFromVersion).orElse(0);
  }
}
