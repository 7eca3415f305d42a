package dev.sponge.jobs.curation;

import dev.sponge.datasets.difficulty.Calibration;
import dev.sponge.datasets.difficulty.PassRateModel;
import dev.sponge.datasets.difficulty.RatedPrompt;
import dev.sponge.jobs.cli.DatasetTools.DifficultyFit;
import dev.sponge.jobs.report.Interval;
import dev.sponge.jobs.report.TextTable;
import dev.sponge.jobs.run.Hashes;
import dev.sponge.jobs.study.LineChart;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.jobs.table.PromptDifficulty;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;

/**
 * Fits {@link PassRateModel} on the training prompts that the policies of all runs have answered
 * and writes what it predicts for every training prompt to table prompt_difficulty, in one commit.
 */
public final class DifficultyJob {
  private static final String TRAIN = "train";
  private static final int ID_DIGITS = 16;

  private final Lakehouse lakehouse;

  public DifficultyJob(Lakehouse lakehouse) {
    this.lakehouse = lakehouse;
  }

  /** Answers to a prompt. */
  private record Answers(long rollouts, long correct) {
    static final Answers NONE = new Answers(0, 0);
  }

  /**
   * Fits, predicts and writes.
   *
   * @return the report for the terminal
   * @throws UserError if the verifier is unknown or the prompts with answers are too few
   */
  public List<String> run(DifficultyFit request) {
    Map<String, Map<String, Answers>> byVerifier = answers();
    String verifier = verifier(request.verifier(), byVerifier);
    Map<String, Answers> answers = byVerifier.get(verifier);
    List<RatedPrompt> prompts =
        lakehouse.prompts().read(TRAIN).stream()
            .map(prompt -> rated(prompt, answers.getOrDefault(prompt.promptId(), Answers.NONE)))
            .toList();
    PassRateModel.Fit fit = new PassRateModel(lakehouse.spark()).fit(prompts);
    String fitId = fitId(verifier, prompts);
    boolean written = !request.dryRun() && write(fitId, prompts, fit);
    request.plot().ifPresent(file -> plot(file, fit.calibration()));
    List<String> lines = new ArrayList<>();
    lines.add(
        "fit %s on the verdicts of %s: %,d prompts, %,d more held out, regularisation %s"
            .formatted(fitId, verifier, fit.trained(), fit.heldOut(), fit.regularisation()));
    lines.addAll(calibration(fit.calibration()));
    lines.add(outcome(fitId, prompts.size(), request.dryRun(), written));
    return lines;
  }

  private Map<String, Map<String, Answers>> answers() {
    Map<String, Map<String, Answers>> byVerifier = new TreeMap<>();
    for (Row row :
        lakehouse
            .sql(
                "SELECT verifier_id, prompt_id, rollouts, correct FROM v_prompt_pass_rate WHERE split = 'train'")
            .collectAsList()) {
      byVerifier
          .computeIfAbsent(row.getString(0), id -> new HashMap<>())
          .put(row.getString(1), new Answers(row.getLong(2), row.getLong(3)));
    }
    return byVerifier;
  }

  private static String verifier(Optional<String> asked, Map<String, ?> there) {
    if (there.isEmpty()) {
      throw new UserError(
          "No training prompt has a scored rollout, so there is nothing to fit a pass rate on; sample some with: sponge run --work DIR");
    }
    if (asked.isPresent() && !there.containsKey(asked.get())) {
      throw new UserError(
          "--verifier %s has judged no rollout of a training prompt; there are: %s"
              .formatted(asked.get(), String.join(", ", there.keySet())));
    }
    if (asked.isEmpty() && there.size() > 1) {
      throw new UserError(
          "Rollouts were judged by %s; name one with --verifier."
              .formatted(String.join(", ", there.keySet())));
    }
    return asked.orElseGet(() -> there.keySet().iterator().next());
  }

  private static RatedPrompt rated(Prompt prompt, Answers answers) {
    return new RatedPrompt(
        prompt.promptId(),
        prompt.prompt(),
        prompt.source(),
        Objects.requireNonNullElse(prompt.subject(), ""),
        prompt.difficulty() == null ? prompt.level() : prompt.difficulty(),
        answers.rollouts(),
        answers.correct());
  }

  /** The same for the same prompts and answers. */
  private static String fitId(String verifier, List<RatedPrompt> prompts) {
    return Hashes.sha256(
        prompts.stream()
            .map(p -> "%s %d %d".formatted(p.id(), p.rollouts(), p.correct()))
            .sorted()
            .collect(Collectors.joining("\n", verifier + "\n", "")),
        ID_DIGITS);
  }

  private boolean write(String fitId, List<RatedPrompt> prompts, PassRateModel.Fit fit) {
    Instant now = Instant.now();
    List<PromptDifficulty> rows =
        prompts.stream()
            .map(
                p ->
                    new PromptDifficulty(
                        p.id(),
                        fitId,
                        fit.predicted().get(p.id()),
                        p.rollouts() == 0 ? null : (double) p.correct() / p.rollouts(),
                        p.rollouts(),
                        now))
            .toList();
    return lakehouse.promptDifficulty().append(fitId, rows).written();
  }

  private static List<String> calibration(Calibration calibration) {
    List<List<String>> rows = new ArrayList<>();
    for (Calibration.Bin bin : calibration.bins()) {
      Interval interval = Interval.wilson95(bin.correct(), bin.rollouts());
      rows.add(
          List.of(
              "%.1f to %.1f".formatted(bin.low(), bin.high()),
              "" + bin.prompts(),
              "" + bin.rollouts(),
              "%.3f".formatted(bin.predicted()),
              "%.3f".formatted(bin.observed()),
              "%.3f to %.3f".formatted(interval.low(), interval.high())));
    }
    List<String> lines =
        new ArrayList<>(
            TextTable.format(
                List.of("bin", "prompts", "rollouts", "predicted", "observed", "95 % interval"),
                rows));
    lines.add(
        "held out: Brier score %.4f, %.4f for one prediction for all; expected calibration error %.4f"
            .formatted(
                calibration.brier(), calibration.constantBrier(), calibration.expectedError()));
    if (calibration.brier() >= calibration.constantBrier()) {
      lines.add("the model is no better than one prediction for all: do not select by it");
    }
    return lines;
  }

  private static String outcome(String fitId, int prompts, boolean dryRun, boolean written) {
    if (dryRun) {
      return "would write %,d predictions to prompt_difficulty; nothing was written"
          .formatted(prompts);
    }
    return written
        ? "%,d predictions written to prompt_difficulty; for rollout.prompt_selection.predictions = %s"
            .formatted(prompts, fitId)
        : "nothing to do: the predictions of fit %s are in prompt_difficulty".formatted(fitId);
  }

  private static void plot(Path file, Calibration calibration) {
    List<Calibration.Bin> bins = calibration.bins();
    double[] ends = {0, 1};
    String svg =
        new LineChart(
                "Calibration on prompts held out", "predicted pass rate", "observed pass rate")
            .add(
                new LineChart.Line(
                    "observed, 95 % interval",
                    0,
                    values(bins, Calibration.Bin::predicted),
                    values(bins, Calibration.Bin::observed),
                    values(bins, bin -> Interval.wilson95(bin.correct(), bin.rollouts()).low()),
                    values(bins, bin -> Interval.wilson95(bin.correct(), bin.rollouts()).high())))
            .add(new LineChart.Line("perfect", 7, ends, ends, ends, ends))
            .svg();
    try {
      Files.writeString(file, svg);
    } catch (IOException e) {
      throw new SpongeException("Cannot write " + file + ": " + e, e);
    }
  }

  private static double[] values(
      List<Calibration.Bin> bins, ToDoubleFunction<Calibration.Bin> value) {
    return bins.stream().mapToDouble(value).toArray();
  }
}
