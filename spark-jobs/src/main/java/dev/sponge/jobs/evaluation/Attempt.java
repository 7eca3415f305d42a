package dev.sponge.jobs.evaluation;

import dev.sponge.jobs.table.Evaluation;
import java.io.Serializable;

/**
 * The responses of one attempt to evaluate a policy on a benchmark.
 *
 * @param samples responses a problem
 * @param verifier {@code id@version} that judged them when they were made
 */
record Attempt(
    String runId,
    int policyVersion,
    String benchmark,
    String attemptId,
    int samples,
    String verifier)
    implements Serializable {
  static Attempt of(Evaluation evaluation) {
    return new Attempt(
        evaluation.runId(),
        evaluation.policyVersion(),
        evaluation.benchmark(),
        evaluation.attemptId(),
        evaluation.samples(),
        evaluation.verifier());
  }
}
