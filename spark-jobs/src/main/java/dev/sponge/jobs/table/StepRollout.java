package dev.sponge.jobs.table;

import java.io.Serializable;

/** One row of table step_rollouts: which rollout moved which step, and how. */
@Table("what one rollout did in one pass of a step")
public record StepRollout(
    @Column(value = "run", identity = true, check = ColumnCheck.FILLED) String runId,
    @Column(value = "outer step k", identity = true, check = ColumnCheck.NOT_NEGATIVE) int step,
    @Column(value = "attempt", identity = true, check = ColumnCheck.FILLED) String attemptId,
    @Column(
            value = "pass over the data, 0 .. m-1",
            identity = true,
            check = ColumnCheck.NOT_NEGATIVE)
        int pass,
    @Column(value = "rollout", identity = true, check = ColumnCheck.FILLED) String rolloutId,
    @Column(value = "k minus the rollout's policy version", check = ColumnCheck.NOT_NEGATIVE)
        int lag,
    @Column("advantage of the response") double advantage,
    @Column("mean over its tokens of pi_theta / mu") double meanRatio,
    @Column("share of its tokens whose gradient the clip zeroes") double clipFraction,
    @Column("mean KL estimate to the base policy") double klBase,
    @Column("mean KL estimate to the precedent policy") double klPrecedent,
    @Column("mean loss of its tokens") double loss)
    implements Serializable {
  public StepRollout {
    Rules.filled("step_rollouts", "rollout_id", rolloutId);
    Rules.filled("step_rollouts", "run_id", runId);
    Rules.filled("step_rollouts", "attempt_id", attemptId);
    Rules.atLeast("step_rollouts", "step", step, 0);
    Rules.atLeast("step_rollouts", "pass", pass, 0);
    Rules.atLeast("step_rollouts", "lag", lag, 0);
  }
}
