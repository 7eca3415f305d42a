package dev.sponge.jobs.table;

import java.io.Serializable;

/**
 * One row of table evaluation_verdicts: what another verifier says of a response of an evaluation.
 * A failed verdict has no reward; it never becomes a 0.
 */
@Table(
    value = "the verdict of another verifier on a response of an evaluation",
    rules = {
      @Table.Rule(name = "status_known", sql = "status IN ('scored', 'pending', 'failed')"),
      @Table.Rule(
          name = "correct_scored_only",
          sql = "(status = 'scored') = (reward IS NOT NULL AND correct IS NOT NULL)")
    })
public record EvaluationVerdict(
    @Column(value = "run", identity = true, check = ColumnCheck.FILLED) String runId,
    @Column(
            value = "version of the evaluated policy",
            identity = true,
            check = ColumnCheck.NOT_NEGATIVE)
        int policyVersion,
    @Column(value = "benchmark", identity = true, check = ColumnCheck.FILLED) String benchmark,
    @Column(value = "attempt of the evaluation", identity = true, check = ColumnCheck.FILLED)
        String attemptId,
    @Column(value = "prompt", identity = true, check = ColumnCheck.FILLED) String promptId,
    @Column(value = "0 .. n-1, or -1 for the greedy response", identity = true) int sampleIndex,
    @Column(value = "verifier", identity = true, check = ColumnCheck.FILLED) String verifierId,
    @Column(value = "version of the verifier", identity = true, check = ColumnCheck.FILLED)
        String verifierVersion,
    @Column("scored, pending or failed") String status,
    @Column(value = "reward; null unless scored", nullable = true) Double reward,
    @Column(value = "answer equals the gold answer; null unless scored", nullable = true)
        Boolean correct,
    @Column(value = "response has the required format; null unless scored", nullable = true)
        Boolean formatOk,
    @Column(
            value = "answer of the response, equal ones spelled alike; null without one",
            nullable = true)
        String answer,
    @Column("what the verifier saw, or why it failed") String detail)
    implements Serializable {
  public EvaluationVerdict {
    Rules.filled("evaluation_verdicts", "run_id", runId);
    Rules.filled("evaluation_verdicts", "benchmark", benchmark);
    Rules.filled("evaluation_verdicts", "attempt_id", attemptId);
    Rules.filled("evaluation_verdicts", "prompt_id", promptId);
    Rules.filled("evaluation_verdicts", "verifier_id", verifierId);
    Rules.filled("evaluation_verdicts", "verifier_version", verifierVersion);
    Rules.atLeast("evaluation_verdicts", "policy_version", policyVersion, 0);
    Rules.require(
        status.equals(Reward.SCORED)
            || status.equals(Reward.PENDING)
            || status.equals(Reward.FAILED),
        "evaluation_verdicts.status of prompt %s is '%s'; it must be scored, pending or failed",
        promptId,
        status);
    Rules.require(
        status.equals(Reward.SCORED) == (reward != null && correct != null),
        "evaluation_verdicts of prompt %s: reward %s and correct %s with status %s; scored and only"
            + " scored has both",
        promptId,
        reward,
        correct,
        status);
  }
}
