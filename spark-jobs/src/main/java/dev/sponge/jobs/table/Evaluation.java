package dev.sponge.jobs.table;

import java.io.Serializable;
import java.time.Instant;

/**
 * One row of table evaluations: a policy version measured on a benchmark. It is the commit point of
 * its {@code evaluation_responses}.
 */
@Table("a policy version measured on a benchmark")
public record Evaluation(
    @Column(value = "run", identity = true, check = ColumnCheck.FILLED) String runId,
    @Column(
            value = "version of the evaluated policy",
            identity = true,
            check = ColumnCheck.NOT_NEGATIVE)
        int policyVersion,
    @Column(value = "benchmark", identity = true, check = ColumnCheck.FILLED) String benchmark,
    @Column(value = "attempt whose responses count", identity = true, check = ColumnCheck.FILLED)
        String attemptId,
    @Column(value = "number of problems", check = ColumnCheck.POSITIVE) int problems,
    @Column("sampled responses per problem") int samples,
    @Column("sampling temperature of the sampled responses") double temperature,
    @Column(
            value = "pass@1 of the greedy responses; null without greedy responses",
            nullable = true,
            check = ColumnCheck.SHARE)
        Double pass1Greedy,
    @Column(value = "lower end of its 95% Wilson interval", nullable = true) Double pass1GreedyLow,
    @Column(value = "upper end of its 95% Wilson interval", nullable = true) Double pass1GreedyHigh,
    @Column(
            value = "pass@1 of the sampled responses; null where none could be judged",
            nullable = true,
            check = ColumnCheck.SHARE)
        Double pass1Sampled,
    @Column(
            value = "unbiased pass@8; null with fewer than 8 samples",
            nullable = true,
            check = ColumnCheck.SHARE)
        Double pass8Sampled,
    @Column("mean number of tokens of the sampled responses") double responseLength,
    @Column("share of sampled responses that reflect") double reflectionRate,
    @Column(
            value = "mean entropy of the sampling distribution, nats per token; null on benchmarks",
            nullable = true)
        Double entropy,
    @Column("seconds the evaluation took") double seconds,
    @Column("time of the evaluation") Instant createdAt,
    @Column(
            value =
                "smallest mass of tokens that are drawn from; null for the run's own evaluation",
            nullable = true)
        Double topP,
    @Column(
            value = "limit on the tokens of a response; null for the run's own evaluation",
            nullable = true)
        Integer maxTokens,
    @Column(
            value =
                "hash of the problems as the policy saw them; null for the run's own evaluation",
            nullable = true)
        String questions,
    @Column(value = "verifier of the responses; null for the run's own evaluation", nullable = true)
        String verifierId,
    @Column(value = "version of the verifier", nullable = true) String verifierVersion,
    @Column(value = "responses that the verifier could not judge", nullable = true) Integer failed,
    @Column(
            value = "share of sampled responses that ended at the token limit",
            nullable = true,
            check = ColumnCheck.SHARE)
        Double truncationRate,
    @Column(
            value = "lower end of the 95% bootstrap interval of pass1_sampled over problems",
            nullable = true)
        Double pass1SampledLow,
    @Column(value = "upper end of that interval", nullable = true) Double pass1SampledHigh,
    @Column(
            value = "share of right majority votes of all samples, maj@n",
            nullable = true,
            check = ColumnCheck.SHARE)
        Double majority)
    implements Serializable {
  /** One of the run's own evaluations. */
  public Evaluation(
      String runId,
      int policyVersion,
      String benchmark,
      String attemptId,
      int problems,
      int samples,
      double temperature,
      double pass1Greedy,
      double pass1GreedyLow,
      double pass1GreedyHigh,
      double pass1Sampled,
      Double pass8Sampled,
      double responseLength,
      double reflectionRate,
      double entropy,
      double seconds,
      Instant createdAt) {
    this(
        runId,
        policyVersion,
        benchmark,
        attemptId,
        problems,
        samples,
        temperature,
        pass1Greedy,
        pass1GreedyLow,
        pass1GreedyHigh,
        pass1Sampled,
        pass8Sampled,
        responseLength,
        reflectionRate,
        entropy,
        seconds,
        createdAt,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  public Evaluation {
    Rules.filled("evaluations", "run_id", runId);
    Rules.filled("evaluations", "benchmark", benchmark);
    Rules.filled("evaluations", "attempt_id", attemptId);
    Rules.atLeast("evaluations", "policy_version", policyVersion, 0);
    Rules.atLeast("evaluations", "problems", problems, 1);
    Rules.share("evaluations", "pass1_greedy", pass1Greedy);
    Rules.share("evaluations", "pass1_sampled", pass1Sampled);
    Rules.share("evaluations", "pass8_sampled", pass8Sampled);
    Rules.share("evaluations", "truncation_rate", truncationRate);
    Rules.share("evaluations", "majority", majority);
  }

  /** {@code id@version} of the verifier that judged the responses first. */
  public String verifier() {
    return verifierId + "@" + verifierVersion;
  }

  /** Whether it is one of the run's own evaluations, on its held-out problems. */
  public boolean ofTheRun() {
    return questions == null;
  }
}
