package dev.sponge.jobs.evaluation;

import dev.sponge.jobs.evaluation.ProblemJudge.Judgement;
import dev.sponge.jobs.run.Verifiers;
import dev.sponge.jobs.table.Evaluation;
import dev.sponge.jobs.table.EvaluationVerdict;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.rl.UserError;
import dev.sponge.rl.generation.FinishReason;
import dev.sponge.rl.reward.Verifier;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Row;

/**
 * Judges the stored responses of an evaluation with another verifier, in Spark tasks: one commit to
 * evaluation_verdicts. Nothing is generated, and earlier verdicts stay.
 */
public final class JudgeJob {
  private final Lakehouse lake;
  private final String name;
  private final VerifierKey key;

  /**
   * @param verifier {@code id@version}
   * @throws UserError if there is no such verifier
   */
  public JudgeJob(Lakehouse lake, String verifier) {
    this.lake = lake;
    Verifier named = Verifiers.named(verifier);
    name = verifier;
    key = new VerifierKey(named.id(), named.version());
  }

  public VerifierKey verifier() {
    return key;
  }

  /**
   * Judges what this verifier has not judged yet.
   *
   * @return whether there was anything to do
   */
  public boolean run(Evaluation evaluation) {
    if (evaluation.verifier().equals(name)
        || !lake.evaluationVerdicts().read(evaluation, key).isEmpty()) {
      return false;
    }
    Map<String, String> golds = new HashMap<>();
    for (Prompt prompt : lake.prompts().read("test")) {
      golds.put(prompt.promptId(), prompt.answer());
    }
    String verifier = name;
    JavaRDD<EvaluationVerdict> verdicts =
        ScoreReader.responses(lake, Attempt.of(evaluation))
            .select("prompt_id", "sample_index", "response_text", "finish_reason")
            .javaRDD()
            .groupBy(row -> row.getString(0))
            .flatMap(
                problem ->
                    verdicts(
                        evaluation,
                        Verifiers.named(verifier),
                        golds.get(problem._1()),
                        problem._2()));
    lake.evaluationVerdicts().append(evaluation, key, verdicts);
    return true;
  }

  /** In the order of the samples, so that equal inputs give equal files. */
  private static Iterator<EvaluationVerdict> verdicts(
      Evaluation evaluation, Verifier verifier, String gold, Iterable<Row> responses) {
    List<Row> samples = new ArrayList<>();
    responses.forEach(samples::add);
    samples.sort(Comparator.comparingInt(row -> row.getInt(1)));
    List<Judgement> judgements =
        new ProblemJudge(verifier)
            .judge(
                gold,
                samples.stream()
                    .map(
                        row ->
                            new ProblemJudge.Response(
                                row.getString(2),
                                row.getString(3).equals(FinishReason.LENGTH.label())))
                    .toList());
    List<EvaluationVerdict> verdicts = new ArrayList<>();
    for (int i = 0; i < samples.size(); i++) {
      Judgement judgement = judgements.get(i);
      verdicts.add(
          new EvaluationVerdict(
              evaluation.runId(),
              evaluation.policyVersion(),
              evaluation.benchmark(),
              evaluation.attemptId(),
              samples.get(i).getString(0),
              samples.get(i).getInt(1),
              verifier.id(),
              verifier.version(),
              judgement.status(),
              judgement.reward(),
              judgement.correct(),
              judgement.formatOk(),
              judgement.answer(),
              judgement.detail()));
    }
    return verdicts.iterator();
  }
}
