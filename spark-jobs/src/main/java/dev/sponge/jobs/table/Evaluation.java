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
    @Column(value = "pass@1 of the greedy responses", check = ColumnCheck.SHARE) double pass1Greedy,
    @Column("lower end of its 95% Wilson interval") double pass1GreedyLow,
    @Column("upper end of its 95% Wilson interval") double pass1GreedyHigh,
    @Column(value = "pass@1 of the sampled responses", check = ColumnCheck.SHARE)
        double pass1Sampled,
    @Column(
            value = "unbiased pass@8; null with fewer than 8 samples",
            nullable = true,
            check = ColumnCheck.SHARE)
        Double pass8Sampled,
    @Column("mean number of tokens of the sampled responses") double responseLength,
    @Column("share of sampled responses that reflect") double reflectionRate,
    @Column("mean entropy of the sampling distribution, nats per token") double entropy,
    @Column("seconds the evaluation took") double seconds,
    @Column("time of the evaluation") Instant createdAt)
    implements Serializable {
  public Evaluation {
    Rules.filled("evaluations", "run_id", runId);
    Rules.filled("evaluations", "benchmark", benchmark);
    Rules.filled("evaluations", "attempt_id", attemptId);
    Rules.atLeast("evaluations", "policy_version", policyVersion, 0);
    Rules.atLeast("evaluations", "problems", problems, 1);
    Rules.share("evaluations", "pass1_greedy", pass1Greedy);
    Rules.share("evaluations", "pass1_sampled", pass1Sampled);
    Rules.share("evaluations", "pass8_sampled", pass8Sampled);
  }
}
