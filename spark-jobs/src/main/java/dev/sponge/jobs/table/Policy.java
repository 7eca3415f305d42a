package dev.sponge.jobs.table;

import java.io.Serializable;
import java.time.Instant;

/**
 * One row of table policies: a published checkpoint. It counts only when {@code train_steps} names
 * its attempt; version 0 comes from the bootstrap or a given model and counts by itself.
 */
@Table(
    value = "a published checkpoint",
    rules = {
      @Table.Rule(
          name = "parent_version_unless_first",
          sql = "(policy_version = 0) = (parent_version IS NULL)")
    })
public record Policy(
    @Column(value = "run", identity = true, check = ColumnCheck.FILLED) String runId,
    @Column(
            value = "version of this policy; step k makes version k+1",
            identity = true,
            check = ColumnCheck.NOT_NEGATIVE)
        int policyVersion,
    @Column(value = "attempt that published it", identity = true, check = ColumnCheck.FILLED)
        String attemptId,
    @Column(value = "version it was trained from; null for version 0", nullable = true)
        Integer parentVersion,
    @Column(
            value = "version of the base (reference) policy of its training step",
            check = ColumnCheck.NOT_NEGATIVE)
        int baseVersion,
    @Column(value = "0 before the reincarnation, +1 after each", check = ColumnCheck.NOT_NEGATIVE)
        int incarnation,
    @Column("ReMix phase that produced it: 0 bootstrap, 1 off-policy, 2 on-policy") int phase,
    @Column(value = "directory of the checkpoint", check = ColumnCheck.FILLED) String checkpointUri,
    @Column("sha256 of the weights' bytes, hex") String weightsSha256,
    @Column("resolved configuration of the run") String resolvedConfig,
    @Column("CPU model, threads, dtype and library versions") String engine,
    @Column("time of publication") Instant createdAt,
    @Column(
            value = "sha256 of tokenizer.json of the run, hex; null in older tables",
            nullable = true)
        String tokenizerSha256)
    implements Serializable {
  public Policy {
    Rules.filled("policies", "run_id", runId);
    Rules.filled("policies", "attempt_id", attemptId);
    Rules.filled("policies", "checkpoint_uri", checkpointUri);
    Rules.atLeast("policies", "policy_version", policyVersion, 0);
    Rules.atLeast("policies", "base_version", baseVersion, 0);
    Rules.atLeast("policies", "incarnation", incarnation, 0);
    Rules.require(
        (policyVersion == 0) == (parentVersion == null),
        "policies.parent_version of version %s is %s: version 0 and only version 0 has no parent",
        policyVersion,
        parentVersion);
  }
}
