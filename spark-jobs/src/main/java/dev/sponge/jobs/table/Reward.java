package dev.sponge.jobs.table;

import java.io.Serializable;
import java.util.Set;

/**
 * One row of table rewards: the verdict of one verifier on one rollout. A pending or failed verdict
 * has no reward; it never becomes a 0.
 */
@Table(
    value = "the verdict of one verifier on one rollout",
    rules = {
      @Table.Rule(name = "status_known", sql = "status IN ('scored', 'pending', 'failed')"),
      @Table.Rule(
          name = "reward_scored_only",
          sql =
              "(status = 'scored')"
                  + " = (reward IS NOT NULL AND reward BETWEEN -1000000 AND 1000000)")
    })
public record Reward(
    @Column(value = "rollout", identity = true, check = ColumnCheck.FILLED) String rolloutId,
    @Column(value = "run", check = ColumnCheck.FILLED) String runId,
    @Column(value = "version of the behaviour policy", check = ColumnCheck.NOT_NEGATIVE)
        int policyVersion,
    @Column(value = "verifier", identity = true, check = ColumnCheck.FILLED) String verifierId,
    @Column(value = "version of the verifier", identity = true, check = ColumnCheck.FILLED)
        String verifierVersion,
    @Column("scored, pending or failed") String status,
    @Column(value = "reward; null unless scored", nullable = true) Double reward,
    @Column(value = "answer equals the gold answer; null unless scored", nullable = true)
        Boolean correct,
    @Column(value = "response has the required format; null unless scored", nullable = true)
        Boolean formatOk,
    @Column("what the verifier saw, or why it failed") String detail)
    implements Serializable {
  /** Largest absolute value; beyond it something else was taken for a reward. */
  public static final double LARGEST = 1_000_000;

  public static final String SCORED = "scored";
  public static final String PENDING = "pending";
  public static final String FAILED = "failed";

  public Reward {
    Rules.filled("rewards", "rollout_id", rolloutId);
    Rules.filled("rewards", "run_id", runId);
    Rules.atLeast("rewards", "policy_version", policyVersion, 0);
    Rules.filled("rewards", "verifier_id", verifierId);
    Rules.filled("rewards", "verifier_version", verifierVersion);
    Rules.require(
        Set.of(SCORED, PENDING, FAILED).contains(status),
        "rewards.status of rollout %s is '%s'; it must be scored, pending or failed",
        rolloutId,
        status);
    Rules.require(
        status.equals(SCORED) == (reward != null && Math.abs(reward) <= LARGEST),
        "rewards.reward of rollout %s is %s with status %s; scored and only scored has a number, from"
            + " -%s to %s. Verifier %s@%s gave another: let it fail instead, and judge again with"
            + " sponge rescore",
        rolloutId,
        reward,
        status,
        (long) LARGEST,
        (long) LARGEST,
        verifierId,
        verifierVersion);
  }

  /** Whether the answer is right and earns all that a right answer earns. */
  public boolean right() {
    return scored() && correct && reward >= 1;
  }

  /** Whether the verifier reached a verdict, so that {@link #reward} is a number. */
  public boolean scored() {
    return status.equals(SCORED);
  }
}
