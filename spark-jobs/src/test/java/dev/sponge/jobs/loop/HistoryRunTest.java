package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sponge.jobs.rollout.RolloutJob;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.run.Times;
import dev.sponge.jobs.table.AnchorLogprobs;
import dev.sponge.jobs.table.HistoryStatistic;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.jobs.table.StepRollout;
import dev.sponge.jobs.table.TrainStep;
import dev.sponge.jobs.training.ReincarnateJob;
import dev.sponge.jobs.training.TrainJob;
import dev.sponge.rl.batch.AutoShare;
import dev.sponge.rl.batch.RatioStatistics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** selector = ess with share = auto and caps: steps 1 and 2 have history, T is 3. */
@TestInstance(Lifecycle.PER_CLASS)
class HistoryRunTest {
  private static final int STEPS = 5;
  private static final int REINCARNATION = 3;
  private static final int PASSES = 2;
  private static final int MAX_USES = 4;
  private static final AutoShare RULE = new AutoShare(0.5, 0.99);

  @TempDir static Path directory;

  private RunContext run;
  private Lakehouse lake;
  private Map<String, Rollout> rollouts;

  private static RunContext open(String work, int steps) {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put("run.steps", "" + steps);
    keys.put("history.share", "auto");
    keys.put("history.auto.max_share", "" + RULE.maxShare());
    keys.put("history.auto.effective", "" + RULE.least());
    // However small p is, a group is replayed.
    keys.put("history.rounding", "ceil");
    keys.put("history.selector", "ess");
    keys.put("history.max_uses", "" + MAX_USES);
    keys.put("reincarnation.step", "" + REINCARNATION);
    keys.put("evaluation.every", "100");
    return TinyRun.open(directory.resolve(work), keys);
  }

  @BeforeAll
  void runTheLoop() {
    run = open("whole", STEPS);
    new ReMixLoop(run).run();
    lake = run.lakehouse();
    rollouts =
        lake.rollouts().read(TinyRun.RUN, 0, STEPS).stream()
            .collect(Collectors.toMap(Rollout::rolloutId, Function.identity()));
  }

  private TrainStep step(int k) {
    return lake.trainSteps().read(TinyRun.RUN, k).orElseThrow();
  }

  /** Passes of each rollout in the steps before k. */
  private Map<String, Long> usesBefore(int k) {
    return lake.stepRollouts().read(TinyRun.RUN, 0, k - 1).stream()
        .collect(Collectors.groupingBy(StepRollout::rolloutId, Collectors.counting()));
  }

  /** log pi_k - log mu of a rollout, from what the tables hold. */
  private double[] logRatios(Map<String, float[]> scores, HistoryStatistic row) {
    float[] current = scores.get(row.rolloutId() + "@" + row.step());
    float[] behaviour = scores.get(row.rolloutId() + "@" + row.policyVersion());
    double[] logRatios = new double[current.length];
    for (int t = 0; t < logRatios.length; t++) {
      logRatios[t] = (double) current[t] - behaviour[t];
    }
    return logRatios;
  }

  private Map<String, float[]> scores() {
    return lake.anchorLogprobs().read(TinyRun.RUN, 0, STEPS).stream()
        .collect(
            Collectors.toMap(
                row -> row.rolloutId() + "@" + row.anchorVersion(), AnchorLogprobs::logprobs));
  }

  private static double ess(Collection<double[]> logRatios) {
    return RatioStatistics.of(logRatios.stream().flatMapToDouble(Arrays::stream).toArray()).ess();
  }

  @Test
  void everyCandidateHasItsStatisticsAndTheBestGroupsTrain() {
    Map<String, float[]> scores = scores();
    for (int k = 1; k < REINCARNATION; k++) {
      int step = k;
      Map<String, Long> uses = usesBefore(k);
      Set<String> trained =
          lake.stepRollouts().read(TinyRun.RUN, k, k).stream()
              .map(StepRollout::rolloutId)
              .collect(Collectors.toSet());
      List<HistoryStatistic> rows = lake.historyStatistics().read(TinyRun.RUN, k, k);
      Set<String> spent =
          rollouts.values().stream()
              .filter(r -> uses.getOrDefault(r.rolloutId(), 0L) + PASSES > MAX_USES)
              .map(Rollout::groupId)
              .collect(Collectors.toSet());
      assertThat(rows.stream().map(HistoryStatistic::rolloutId))
          .as("the window of step %s without what has trained often enough", k)
          .containsExactlyInAnyOrderElementsOf(
              rollouts.values().stream()
                  .filter(r -> r.policyVersion() < step && r.policyVersion() >= step - 2)
                  .filter(r -> !spent.contains(r.groupId()))
                  .map(Rollout::rolloutId)
                  .toList());
      Map<String, List<double[]>> chosen = new TreeMap<>();
      Map<String, List<double[]>> left = new TreeMap<>();
      for (HistoryStatistic row : rows) {
        assertThat(row.selected()).isEqualTo(trained.contains(row.rolloutId()));
        assertThat((long) row.uses()).isEqualTo(uses.getOrDefault(row.rolloutId(), 0L));
        assertThat(row.usedSteps()).isEqualTo(row.uses() / PASSES);
        double[] logRatios = logRatios(scores, row);
        assertRow(row, logRatios);
        (row.selected() ? chosen : left)
            .computeIfAbsent(row.groupId(), g -> new ArrayList<>())
            .add(logRatios);
      }
      assertThat(chosen.values()).allMatch(group -> group.size() == TinyRun.GROUP_SIZE);
      double worstChosen =
          chosen.values().stream().mapToDouble(HistoryRunTest::ess).min().orElseThrow();
      assertThat(left.values()).allMatch(group -> ess(group) <= worstChosen);
      assertMetrics(k, rows, scores);
    }
    assertThat(lake.historyStatistics().read(TinyRun.RUN, REINCARNATION, STEPS)).isEmpty();
  }

  private static void assertRow(HistoryStatistic row, double[] logRatios) {
    RatioStatistics ratios = RatioStatistics.of(logRatios);
    assertThat(row.tokens()).isEqualTo(logRatios.length);
    assertThat(row.ratioMean()).isEqualTo(ratios.mean());
    assertThat(row.ratioMax()).isEqualTo(ratios.max());
    assertThat(row.sequenceLogRatio()).isEqualTo(Arrays.stream(logRatios).sum());
    assertThat(row.ess()).isEqualTo(ratios.ess());
    assertThat(row.chiSquare()).isEqualTo(ratios.chiSquare());
    assertThat(row.kl()).isEqualTo(ratios.kl());
    assertThat(row.reverseKl()).isEqualTo(ratios.reverseKl());
    assertThat(row.eligible()).isTrue();
  }

  private void assertMetrics(int k, List<HistoryStatistic> rows, Map<String, float[]> scores) {
    Map<String, Double> metrics = step(k).metrics();
    Map<Integer, List<HistoryStatistic>> byLag =
        rows.stream().collect(Collectors.groupingBy(HistoryStatistic::lag));
    byLag.forEach(
        (lag, ofLag) -> {
          List<double[]> logRatios = ofLag.stream().map(row -> logRatios(scores, row)).toList();
          assertThat(metrics.get("history/ess/lag_" + lag))
              .isCloseTo(ess(logRatios), within(1e-12));
          RatioStatistics sequences =
              RatioStatistics.of(
                  ofLag.stream().mapToDouble(HistoryStatistic::sequenceLogRatio).toArray());
          assertThat(metrics.get("history/sequence_ess/lag_" + lag))
              .isCloseTo(sequences.ess(), within(1e-12));
          assertThat(metrics).containsEntry("history/rollouts/lag_" + lag, (double) ofLag.size());
        });
    assertThat(metrics.get("history/ess"))
        .isCloseTo(ess(rows.stream().map(row -> logRatios(scores, row)).toList()), within(1e-12));
  }

  @Test
  void theShareOfAStepFollowsFromWhatTheStepBeforeMeasured() {
    int perStep = TinyRun.PROMPTS_PER_STEP;
    for (int k = 0; k < STEPS; k++) {
      boolean history = k > 0 && k < REINCARNATION;
      OptionalDouble before =
          k < 2
              ? OptionalDouble.empty()
              : OptionalDouble.of(step(k - 1).metrics().getOrDefault("history/ess", 1.0));
      double expected = history ? RULE.share(before) : 0;
      TrainStep step = step(k);
      assertThat(step.historyShare()).as("p of step %s", k).isEqualTo(expected);
      assertThat(step.metrics()).containsEntry("history/share", expected);
      int replayed = (int) Math.ceil(expected * perStep);
      assertThat(step.freshRollouts()).isEqualTo((perStep - replayed) * TinyRun.GROUP_SIZE);
      assertThat(step.replayedRollouts()).isEqualTo(replayed * TinyRun.GROUP_SIZE);
    }
  }

  @Test
  void noRolloutTrainsMoreOftenThanTheCapAndAgesAreCounted() {
    Map<String, Long> uses = usesBefore(STEPS);
    assertThat(uses.values()).allMatch(passes -> passes <= MAX_USES);
    assertThat(uses.values()).as("some group was replayed").contains((long) MAX_USES);
    for (int k = 0; k < STEPS; k++) {
      Map<String, Long> after = usesBefore(k + 1);
      List<StepRollout> first =
          lake.stepRollouts().read(TinyRun.RUN, k, k).stream().filter(r -> r.pass() == 0).toList();
      Map<String, Double> metrics = step(k).metrics();
      assertThat(metrics)
          .containsEntry(
              "history/max_uses",
              (double) first.stream().mapToLong(r -> after.get(r.rolloutId())).max().orElseThrow());
      assertThat(metrics)
          .containsEntry(
              "history/mean_age",
              first.stream().mapToInt(StepRollout::lag).average().orElseThrow());
      double fresh = first.stream().filter(r -> r.lag() == 0).count();
      assertThat(metrics.get("history/age/lag_0")).isCloseTo(fresh / first.size(), within(1e-12));
    }
  }

  @Test
  void everyAnchorScoresARolloutOnceAndTheSavingIsCounted() {
    List<AnchorLogprobs> rows = lake.anchorLogprobs().read(TinyRun.RUN, 0, STEPS);
    assertThat(rows.stream().map(row -> row.rolloutId() + " under " + row.anchorVersion()))
        .doesNotHaveDuplicates();
    Set<String> before = new TreeSet<>();
    for (int k = 0; k < STEPS; k++) {
      int step = k;
      Map<String, Double> metrics = step(k).metrics();
      Set<String> needed = new TreeSet<>();
      lake.stepRollouts().read(TinyRun.RUN, k, k).stream()
          .map(StepRollout::rolloutId)
          .forEach(
              id -> {
                needed.add(id + "@" + step);
                needed.add(id + "@" + Math.max(step - 1, 0));
                needed.add(id + "@" + (step < REINCARNATION ? 0 : REINCARNATION));
              });
      lake.historyStatistics()
          .read(TinyRun.RUN, k, k)
          .forEach(row -> needed.add(row.rolloutId() + "@" + step));
      Set<String> scored =
          rows.stream()
              .filter(row -> row.step() == step)
              .map(row -> row.rolloutId() + "@" + row.anchorVersion())
              .collect(Collectors.toSet());
      long reused = needed.stream().filter(before::contains).count();
      assertThat(metrics).containsEntry("anchors/scored", (double) scored.size());
      assertThat(metrics).containsEntry("anchors/reused", (double) reused);
      assertThat(metrics)
          .containsEntry("anchors/reused_share", (double) reused / (scored.size() + reused));
      assertThat(reused > 0).as("replays of step %s", k).isEqualTo(k > 0 && k < REINCARNATION);
      before.addAll(scored);
    }
    // After the reincarnation version 3 is the base, and what version 4 samples is scored with it.
    assertThat(step(STEPS - 1).metrics())
        .containsEntry("anchors/scored/current", 16.0)
        .containsEntry("anchors/scored/base", 0.0)
        .containsEntry("anchors/scored/precedent", 16.0);
    assertThat(
            rows.stream().filter(row -> row.step() == STEPS - 1).map(AnchorLogprobs::anchorVersion))
        .containsOnly(REINCARNATION, STEPS - 1);
  }

  @Test
  void aRunThatGoesOnStageByStageEqualsTheLoop() {
    new ReMixLoop(open("parts", 2)).run();
    for (int k = 2; k < STEPS; k++) {
      RunContext stage = open("parts", STEPS);
      if (k == REINCARNATION) {
        new ReincarnateJob(stage).run(RunState.require(stage.lakehouse(), TinyRun.RUN));
      }
      new RolloutJob(stage).run(RunState.require(stage.lakehouse(), TinyRun.RUN), new Times());
      RunContext later = open("parts", STEPS);
      new TrainJob(later).run(RunState.require(later.lakehouse(), TinyRun.RUN), new Times());
    }
    RunContext parts = open("parts", STEPS);
    assertThat(weights(parts)).hasSameBinaryContentAs(weights(run));
    Map<String, List<String>> expected = Contents.of(lake, TinyRun.RUN);
    expected.keySet().removeAll(List.of("policies", "evaluations", "evaluation_responses"));
    Contents.assertEqual(Contents.of(parts.lakehouse(), TinyRun.RUN), expected);
  }

  private static Path weights(RunContext run) {
    Policy policy = run.lakehouse().policies().read(TinyRun.RUN, STEPS).orElseThrow();
    return run.checkpoints().fetch(policy.checkpointUri()).resolve("model.safetensors");
  }
}
