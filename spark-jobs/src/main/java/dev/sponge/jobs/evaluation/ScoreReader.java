package dev.sponge.jobs.evaluation;

import dev.sponge.jobs.report.BenchmarkResult;
import dev.sponge.jobs.report.Tally;
import dev.sponge.jobs.table.Evaluation;
import dev.sponge.jobs.table.EvaluationVerdict;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.rl.generation.FinishReason;
import dev.sponge.rl.reward.SelfReflection;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** Counts what stands in evaluation_responses and evaluation_verdicts. */
public final class ScoreReader {
  private final Lakehouse lake;
  private final List<String> keywords;

  /**
   * @param keywords of {@link SelfReflection}
   */
  public ScoreReader(Lakehouse lake, List<String> keywords) {
    this.lake = lake;
    this.keywords = List.copyOf(keywords);
  }

  /**
   * A sampled response without its text.
   *
   * @param correct null where the verifier failed
   * @param answer null without one
   */
  private record Sample(
      String promptId,
      int index,
      int tokens,
      boolean truncated,
      boolean reflects,
      Boolean correct,
      String answer)
      implements Serializable {
    Sample judged(EvaluationVerdict verdict) {
      return new Sample(
          promptId, index, tokens, truncated, reflects, verdict.correct(), verdict.answer());
    }
  }

  /** The responses of an attempt as the verifier that came with them judged them. */
  BenchmarkResult read(Attempt attempt) {
    return result(attempt, attempt.verifier(), samples(attempt));
  }

  /** The responses of an evaluation by the verdicts of a verifier that has judged them all. */
  public BenchmarkResult read(Evaluation evaluation, VerifierKey verifier) {
    String name = verifier.id() + "@" + verifier.version();
    if (name.equals(evaluation.verifier())) {
      return read(Attempt.of(evaluation));
    }
    Map<String, EvaluationVerdict> verdicts = new HashMap<>();
    lake.evaluationVerdicts()
        .read(evaluation, verifier)
        .forEach(verdict -> verdicts.put(verdict.promptId() + verdict.sampleIndex(), verdict));
    List<Sample> samples =
        samples(Attempt.of(evaluation)).stream()
            .map(sample -> sample.judged(verdicts.get(sample.promptId() + sample.index())))
            .toList();
    return result(Attempt.of(evaluation), name, samples);
  }

  /** The rows of an attempt's responses, all columns. */
  static Dataset<Row> responses(Lakehouse lake, Attempt attempt) {
    return lake.evaluationResponses()
        .dataset()
        .where(
            functions
                .col("run_id")
                .equalTo(attempt.runId())
                .and(functions.col("policy_version").equalTo(attempt.policyVersion()))
                .and(functions.col("benchmark").equalTo(attempt.benchmark()))
                .and(functions.col("attempt_id").equalTo(attempt.attemptId())));
  }

  private List<Sample> samples(Attempt attempt) {
    List<String> phrases = keywords;
    List<Sample> samples =
        new ArrayList<>(
            responses(lake, attempt)
                .where("NOT greedy")
                .selectExpr(
                    "prompt_id",
                    "sample_index",
                    "size(response_ids)",
                    "finish_reason",
                    "response_text",
                    "correct",
                    "answer")
                .javaRDD()
                .mapPartitions(
                    rows -> {
                      SelfReflection reflection = new SelfReflection(phrases);
                      Iterable<Row> stream = () -> rows;
                      return StreamSupport.stream(stream.spliterator(), false)
                          .map(row -> sample(row, reflection))
                          .iterator();
                    })
                .collect());
    samples.sort(Comparator.comparing(Sample::promptId).thenComparingInt(Sample::index));
    return samples;
  }

  private static Sample sample(Row row, SelfReflection reflection) {
    return new Sample(
        row.getString(0),
        row.getInt(1),
        row.getInt(2),
        row.getString(3).equals(FinishReason.LENGTH.label()),
        reflection.reflects(row.getString(4)),
        row.isNullAt(5) ? null : (Boolean) row.getBoolean(5),
        row.getString(6));
  }

  private static BenchmarkResult result(Attempt attempt, String verifier, List<Sample> samples) {
    List<Tally> tallies =
        samples.stream()
            .collect(Collectors.groupingBy(Sample::promptId, TreeMap::new, Collectors.toList()))
            .entrySet()
            .stream()
            .map(problem -> tally(problem.getKey(), problem.getValue()))
            .toList();
    return new BenchmarkResult(
        attempt.runId() + ":" + attempt.policyVersion(),
        attempt.benchmark(),
        verifier,
        attempt.samples(),
        tallies,
        new BenchmarkResult.Responses(
            (int) samples.stream().filter(sample -> sample.correct() == null).count(),
            samples.stream().collect(Collectors.averagingDouble(Sample::tokens)),
            samples.stream().collect(Collectors.averagingDouble(s -> s.truncated() ? 1 : 0)),
            samples.stream().collect(Collectors.averagingDouble(s -> s.reflects() ? 1 : 0))));
  }

  /** Right responses vote together, however they are spelled. */
  private static Tally tally(String promptId, List<Sample> samples) {
    Map<Optional<String>, Integer> wrong = new TreeMap<>(Comparator.comparing(a -> a.orElse("")));
    int right = 0;
    for (Sample sample : samples) {
      if (Boolean.TRUE.equals(sample.correct())) {
        right++;
      } else if (sample.correct() != null) {
        wrong.merge(Optional.ofNullable(sample.answer()), 1, Integer::sum);
      }
    }
    Integer silent = wrong.remove(Optional.<String>empty());
    return new Tally(promptId, right, List.copyOf(wrong.values()), silent == null ? 0 : silent);
  }
}
