package dev.sponge.jobs.table;

import java.io.Serializable;

/**
 * One row of table stored_advantages: what the critic of a rollout's own step made of it. Written
 * with {@code advantage.off_policy = stored} alone.
 */
// Token arrays stay primitive; rows are compared by their keys, never by equals.
@SuppressWarnings("ArrayRecordComponent")
public record StoredAdvantages(
    @Column(value = "rollout", identity = true) String rolloutId,
    @Column("run") String runId,
    @Column("version that sampled it, and outer step that valued and committed it")
        int policyVersion,
    @Column(value = "attempt that valued it", identity = true) String attemptId,
    @Column("advantages of the response tokens before any whitening (C)") float[] advantages,
    @Column("returns of the response tokens, the critic's targets (C)") float[] returns)
    implements Serializable {
  public StoredAdvantages {
    Rules.filled("stored_advantages", "rollout_id", rolloutId);
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
