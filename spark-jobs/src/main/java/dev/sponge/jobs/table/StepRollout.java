package dev.sponge.jobs.table;

import java.io.Serializable;

/** One row of table step_rollouts: which rollout moved which step, and how. */
public record StepRollout(
    @Column(value = "run", identity = true) String runId,
    @Column(value = "outer step k", identity = true) int step,
    @Column(value = "attempt", identity = true) String attemptId,
    @Column(value = "pass over the data, 0 .. m-1", identity = true) int pass,
    @Column(value = "rollout", identity = true) String rolloutId,
    @Column("k minus the rollout's policy version") int lag,
    @Column("advantage of the response") double advantage,
    @Column("mean over its tokens of pi_theta / mu") double meanRatio,
    @Column("share of its tokens whose gradient the clip zeroes") double clipFraction,
    @Column("mean KL estimate to the base policy") double klBase,
    @Column("mean KL estimate to the precedent policy") double klPrecedent,
    @Column("mean loss of its tokens") double loss)
    implements Serializable {
  public StepRollout {
    Rules.filled("step_rollouts", "rollout_id", rolloutId);
    Rules.filled("step_rollouts", "attempt_id", attemptId);
    Rules.atLeast("step_rollouts", "step", step, 0);
    Rules.atLeast("step_rollouts", "pass", pass, 0);
    Rules.atLeast("step_rollouts", "lag", lag, 0);
  }
}
