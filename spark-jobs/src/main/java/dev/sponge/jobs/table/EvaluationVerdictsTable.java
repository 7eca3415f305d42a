package dev.sponge.jobs.table;

import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;

/** Verdicts on responses of evaluations, partitioned by (run_id, policy_version). */
public final class EvaluationVerdictsTable extends LakeTable<EvaluationVerdict> {
  private final EvaluationsTable evaluations;

  EvaluationVerdictsTable(Storage storage, EvaluationsTable evaluations) {
    super(
        new RecordTable<>(
            storage, "evaluation_verdicts", EvaluationVerdict.class, "run_id", "policy_version"));
    this.evaluations = evaluations;
  }

  /** Commits one verifier's verdicts on all responses of an evaluation, written by the tasks. */
  public AppendResult append(
      Evaluation evaluation, VerifierKey verifier, JavaRDD<EvaluationVerdict> verdicts) {
    return table()
        .append(
            verdicts,
            TransactionId.of(
                evaluation.policyVersion(),
                evaluation.runId(),
                "judge",
                evaluation.benchmark(),
                evaluation.attemptId(),
                verifier.id() + "@" + verifier.version()));
  }

  /** One verifier's verdicts on an evaluation, by prompt and sample; empty before it judged. */
  public List<EvaluationVerdict> read(Evaluation evaluation, VerifierKey verifier) {
    return table()
        .read(
            PartitionFilter.ALL
                .equal("run_id", evaluation.runId())
                .equal("policy_version", evaluation.policyVersion()))
        .stream()
        .filter(
            verdict ->
                verdict.attemptId().equals(evaluation.attemptId())
                    && verdict.benchmark().equals(evaluation.benchmark())
                    && verdict.verifierId().equals(verifier.id())
                    && verdict.verifierVersion().equals(verifier.version()))
        .sorted(
            Comparator.comparing(EvaluationVerdict::promptId)
                .thenComparingInt(EvaluationVerdict::sampleIndex))
        .toList();
  }

  @Override
  String committedSql(Relations relations) {
    return committedBy(
        relations,
        evaluations,
        "row.run_id = commit.run_id AND row.policy_version = commit.policy_version"
            + " AND row.benchmark = commit.benchmark AND row.attempt_id = commit.attempt_id");
  }
}
