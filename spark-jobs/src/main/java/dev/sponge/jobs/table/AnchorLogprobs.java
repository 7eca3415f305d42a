package dev.sponge.jobs.table;

import java.io.Serializable;

/**
 * One row of table anchor_logprobs: log-probabilities of a rollout's tokens under a frozen policy.
 * With {@code anchorVersion} equal to the rollout's policy version it is mu as the trainer sees it.
 */
// Token arrays stay primitive; rows are compared by their keys, never by equals.
@SuppressWarnings("ArrayRecordComponent")
@Table("the log-probabilities of a rollout under a frozen policy")
public record AnchorLogprobs(
    @Column(value = "rollout", identity = true, check = ColumnCheck.FILLED) String rolloutId,
    @Column(value = "run", check = ColumnCheck.FILLED) String runId,
    @Column(value = "outer step that scored and committed it", check = ColumnCheck.NOT_NEGATIVE)
        int step,
    @Column(
            value = "version of the scoring policy",
            identity = true,
            check = ColumnCheck.NOT_NEGATIVE)
        int anchorVersion,
    @Column(value = "attempt that scored it", identity = true, check = ColumnCheck.FILLED)
        String attemptId,
    @Column(value = "log-probabilities of the response tokens (C)", check = ColumnCheck.FINITE)
        float[] logprobs)
    implements Serializable {
  public AnchorLogprobs {
    Rules.filled("anchor_logprobs", "rollout_id", rolloutId);
    Rules.filled("anchor_logprobs", "run_id", runId);
    Rules.filled("anchor_logprobs", "attempt_id", attemptId);
    Rules.atLeast("anchor_logprobs", "step", step, 0);
    Rules.atLeast("anchor_logprobs", "anchor_version", anchorVersion, 0);
    Rules.finite("anchor_logprobs", "logprobs", rolloutId, logprobs);
  }
}
