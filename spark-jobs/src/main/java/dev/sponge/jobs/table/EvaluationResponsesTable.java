package dev.sponge.jobs.table;

import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaRDD;

/** Every response of every evaluation, partitioned by (run_id, policy_version). */
public final class EvaluationResponsesTable extends LakeTable<EvaluationResponse> {
  private final EvaluationsTable evaluations;

  EvaluationResponsesTable(Storage storage, EvaluationsTable evaluations) {
    super(
        new RecordTable<>(
            storage, "evaluation_responses", EvaluationResponse.class, "run_id", "policy_version"));
    this.evaluations = evaluations;
  }

  /** Writes the responses of one attempt; they count once {@code evaluations} names it. */
  public AppendResult append(
      String runId, int policyVersion, String attemptId, List<EvaluationResponse> responses) {
    return table().append(responses, TransactionId.of(policyVersion, runId, "evaluate", attemptId));
  }

  /** The same, with the files written by the tasks that make {@code responses}. */
  public AppendResult append(
      String runId, int policyVersion, String attemptId, JavaRDD<EvaluationResponse> responses) {
    return table().append(responses, TransactionId.of(policyVersion, runId, "evaluate", attemptId));
  }

  /** The responses of a policy version's committed evaluations, by prompt and sample. */
  public List<EvaluationResponse> read(String runId, int policyVersion) {
    Set<String> attempts =
        evaluations.read(runId, policyVersion).stream()
            .map(Evaluation::attemptId)
            .collect(Collectors.toSet());
    return table()
        .read(PartitionFilter.ALL.equal("run_id", runId).equal("policy_version", policyVersion))
        .stream()
        .filter(response -> attempts.contains(response.attemptId()))
        .sorted(
            Comparator.comparing(EvaluationResponse::benchmark)
                .thenComparing(EvaluationResponse::attemptId)
                .thenComparing(EvaluationResponse::promptId)
                .thenComparingInt(EvaluationResponse::sampleIndex))
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
