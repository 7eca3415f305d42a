package dev.sponge.jobs.table;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Policies measured on benchmarks, partitioned by (run_id, policy_version). */
public final class EvaluationsTable extends LakeTable<Evaluation> {
  EvaluationsTable(Storage storage) {
    super(
        RecordTable.inMemory(storage, "evaluations", Evaluation.class, "run_id", "policy_version"));
  }

  /**
   * Commits an evaluation: written after its responses. The same policy version, benchmark and
   * sampling are evaluated once.
   */
  public AppendResult append(Evaluation evaluation) {
    String sampling =
        evaluation.problems() + "x" + evaluation.samples() + "@" + evaluation.temperature();
    String asked =
        evaluation.ofTheRun()
            ? ""
            : " top-p %s %d tokens %s"
                .formatted(evaluation.topP(), evaluation.maxTokens(), evaluation.questions());
    return table()
        .append(
            List.of(evaluation),
            TransactionId.of(
                evaluation.policyVersion(),
                evaluation.runId(),
                "evaluate",
                evaluation.benchmark(),
                sampling + asked,
                "v" + evaluation.policyVersion()));
  }

  /** The evaluations of one policy version, those of few samples first. */
  public List<Evaluation> read(String runId, int policyVersion) {
    return sorted(
        PartitionFilter.ALL.equal("run_id", runId).equal("policy_version", policyVersion));
  }

  /** The run's evaluations by policy version, those of few samples first within one. */
  public List<Evaluation> read(String runId) {
    return sorted(PartitionFilter.ALL.equal("run_id", runId));
  }

  /** The run's own evaluation of a version with this sampling, if it has been made. */
  public Optional<Evaluation> read(
      String runId, int policyVersion, String benchmark, int samples, double temperature) {
    return read(runId, policyVersion).stream()
        .filter(
            evaluation ->
                evaluation.ofTheRun()
                    && evaluation.benchmark().equals(benchmark)
                    && evaluation.samples() == samples
                    && evaluation.temperature() == temperature)
        .findFirst();
  }

  private List<Evaluation> sorted(PartitionFilter filter) {
    return table().read(filter).stream()
        .sorted(
            Comparator.comparingInt(Evaluation::policyVersion)
                .thenComparing(Evaluation::benchmark)
                .thenComparingInt(Evaluation::samples)
                .thenComparingInt(Evaluation::problems)
                .thenComparing(Evaluation::attemptId))
        .toList();
  }
}
