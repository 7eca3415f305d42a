package dev.sponge.jobs.table;

import java.io.Serializable;

/** One row of table evaluation_responses: one response of an evaluation. */
// Token arrays stay primitive; rows are compared by their keys, never by equals.
@SuppressWarnings("ArrayRecordComponent")
@Table(
    value = "one response of an evaluation",
    rules = {@Table.Rule(name = "greedy_sample_index", sql = "greedy = (sample_index = -1)")})
public record EvaluationResponse(
    @Column(value = "run", identity = true) String runId,
    @Column(
            value = "version of the evaluated policy",
            identity = true,
            check = ColumnCheck.NOT_NEGATIVE)
        int policyVersion,
    @Column(value = "benchmark", identity = true) String benchmark,
    @Column(value = "attempt of the evaluation", identity = true, check = ColumnCheck.FILLED)
        String attemptId,
    @Column(value = "prompt", identity = true, check = ColumnCheck.FILLED) String promptId,
    @Column(value = "0 .. n-1, or -1 for the greedy response", identity = true) int sampleIndex,
    @Column("whether the response is the greedy one") boolean greedy,
    @Column("response token ids (C)") int[] responseIds,
    @Column("response as text, special tokens left out") String responseText,
    @Column("why the generation ended: stop (EOS) or length") String finishReason,
    @Column(value = "reward; null where the verifier failed", nullable = true) Double reward,
    @Column(
            value = "answer equals the gold answer; null where the verifier failed",
            nullable = true)
        Boolean correct,
    @Column(
            value = "response has the required format; null where the verifier failed",
            nullable = true)
        Boolean formatOk,
    @Column(
            value = "answer of the response, equal ones spelled alike; null without one",
            nullable = true)
        String answer,
    @Column(value = "verifier of reward and correct", nullable = true) String verifierId,
    @Column(value = "version of the verifier", nullable = true) String verifierVersion,
    @Column(value = "what the verifier saw, or why it failed", nullable = true) String detail)
    implements Serializable {
  /** Without what the verifier says beside its verdict. */
  public EvaluationResponse(
      String runId,
      int policyVersion,
      String benchmark,
      String attemptId,
      String promptId,
      int sampleIndex,
      boolean greedy,
      int[] responseIds,
      String responseText,
      String finishReason,
      double reward,
      boolean correct,
      boolean formatOk) {
    this(
        runId,
        policyVersion,
        benchmark,
        attemptId,
        promptId,
        sampleIndex,
        greedy,
        responseIds,
        responseText,
        finishReason,
        reward,
        correct,
        formatOk,
        null,
        null,
        null,
        null);
  }

  public EvaluationResponse {
    Rules.filled("evaluation_responses", "prompt_id", promptId);
    Rules.filled("evaluation_responses", "attempt_id", attemptId);
    Rules.atLeast("evaluation_responses", "policy_version", policyVersion, 0);
    Rules.require(
        greedy == (sampleIndex == -1),
        "evaluation_responses: sample_index of prompt %s is %s with greedy = %s; the greedy response"
            + " and only it has sample_index -1",
        promptId,
        sampleIndex,
        greedy);
  }
}
