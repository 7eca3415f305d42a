package dev.sponge.jobs.table;

import java.io.Serializable;

/**
 * One row of table stored_advantages: what the critic of a rollout's own step made of it. Written
 * with {@code advantage.off_policy = stored} alone.
 */
// Token arrays stay primitive; rows are compared by their keys, never by equals.
@SuppressWarnings("ArrayRecordComponent")
@Table(
    value = "what the critic of a rollout's own step made of it",
    rules = {@Table.Rule(name = "advantages_length", sql = "size(advantages) = size(returns)")})
public record StoredAdvantages(
    @Column(value = "rollout", identity = true, check = ColumnCheck.FILLED) String rolloutId,
    @Column(value = "run", check = ColumnCheck.FILLED) String runId,
    @Column(
            value = "version that sampled it, and outer step that valued and committed it",
            check = ColumnCheck.NOT_NEGATIVE)
        int policyVersion,
    @Column(value = "attempt that valued it", identity = true, check = ColumnCheck.FILLED)
        String attemptId,
    @Column(
            value = "advantages of the response tokens before any whitening (C)",
            check = ColumnCheck.FINITE)
        float[] advantages,
    @Column(
            value = "returns of the response tokens, the critic's targets (C)",
            check = ColumnCheck.FINITE)
        float[] returns)
    implements Serializable {
  public StoredAdvantages {
    Rules.filled("stored_advantages", "rollout_id", rolloutId);
    Rules.filled("stored_advantages", "run_id", runId);
    Rules.filled("stored_advantages", "attempt_id", attemptId);
    Rules.atLeast("stored_advantages", "policy_version", policyVersion, 0);
    Rules.finite("stored_advantages", "advantages", rolloutId, advantages);
    Rules.finite("stored_advantages", "returns", rolloutId, returns);
    Rules.require(
        advantages.length == returns.length,
        "stored_advantages of rollout %s has %s advantages and %s returns",
        rolloutId,
        advantages.length,
        returns.length);
  }
}
