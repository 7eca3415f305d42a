package dev.sponge.jobs.report;

import java.util.List;

/**
 * A policy's responses to a benchmark, judged by one verifier.
 *
 * @param policy {@code run:version}
 * @param verifier {@code id@version}
 * @param samples responses generated a problem
 * @param tallies one a problem
 */
public record BenchmarkResult(
    String policy,
    String benchmark,
    String verifier,
    int samples,
    List<Tally> tallies,
    Responses responses) {
  public BenchmarkResult {
    tallies = List.copyOf(tallies);
  }

  /**
   * What is counted over all responses.
   *
   * @param failed responses that the verifier could not judge
   * @param length mean tokens
   * @param truncated share that ended at the token limit
   * @param reflecting share that reflects
   */
  public record Responses(int failed, double length, double truncated, double reflecting) {}

  /** The value of every problem with at least k judged responses. */
  public double[] values(Metric metric) {
    return tallies.stream()
        .filter(tally -> tally.responses() >= metric.k())
        .mapToDouble(metric::of)
        .toArray();
  }
}
