package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.ledger.Fsck;
import dev.sponge.jobs.prepare.PrepareJob;
import dev.sponge.jobs.rollout.RolloutJob;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.run.Times;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.TrainStep;
import dev.sponge.jobs.training.BootstrapJob;
import dev.sponge.jobs.training.FreshRollouts;
import dev.sponge.jobs.training.TrainJob;
import dev.sponge.rl.SpongeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * run.mode = async against the same schedule in sequence. Steps 1 and 2 train on history alone;
 * step 0 has none and step 3 is past T.
 */
class AsyncRunTest {
  /** Where nothing but the last policy and the base is evaluated. */
  static final Map<String, String> SCHEDULE =
      Map.of("history.share", "1", "history.versions", "2", "evaluation.every", "100");

  private static final List<String> EVALUATIONS = List.of("evaluations", "evaluation_responses");

  @TempDir Path directory;

  @AfterEach
  void repair() {
    FaultyFileSystem.failNextReads(0);
  }

  static Map<String, String> async() {
    return Stream.concat(
            SCHEDULE.entrySet().stream(), Map.of("run.mode", "async").entrySet().stream())
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  /** The same schedule in sequence, made once; other runs beside it are free to read it. */
  static RunContext sequential() {
    return Sequential.RUN_CONTEXT;
  }

  private static final class Sequential {
    static final RunContext RUN_CONTEXT =
        TinyRun.open(TinyRun.temporary("sponge-sequential"), SCHEDULE);

    static {
      new ReMixLoop(RUN_CONTEXT).run();
    }
  }

  /** The tables, but for the mode that rows of policies name. */
  static Map<String, List<String>> contents(RunContext run) {
    Map<String, List<String>> tables = Contents.of(run.lakehouse(), TinyRun.RUN);
    tables.replaceAll(
        (table, rows) ->
            rows.stream()
                .map(row -> row.replace("\"mode\":\"async\"", "\"mode\":\"both\""))
                .sorted()
                .toList());
    return tables;
  }

  static void assertEqualButForEvaluations(RunContext run) {
    Map<String, List<String>> expected = new LinkedHashMap<>(contents(sequential()));
    expected.keySet().removeAll(EVALUATIONS);
    Contents.assertEqual(contents(run), expected);
  }

  private static RunState state(RunContext run) {
    return RunState.require(run.lakehouse(), TinyRun.RUN);
  }

  /** All but the evaluation, in sequence as it must be. */
  static void stepZero(RunContext run) {
    new PrepareJob(run).run();
    new BootstrapJob(run).run();
    new RolloutJob(run).run(state(run), new Times());
    new TrainJob(run).run(state(run), new Times());
  }

  @Test
  void anAsynchronousRunEqualsTheSequentialOne() {
    RunContext run = TinyRun.open(directory.resolve("async"), async());
    new ReMixLoop(run).run();
    Contents.assertEqual(contents(run), contents(sequential()));
    assertThat(fsck(run, directory).check().damages()).isEmpty();
    List<TrainStep> steps = run.lakehouse().trainSteps().read(TinyRun.RUN);
    assertThat(steps)
        .filteredOn(step -> step.seconds().containsKey(BackgroundRollouts.HIDDEN))
        .extracting(TrainStep::step)
        .containsExactly(1, 2);
    assertThat(steps)
        .allSatisfy(step -> assertThat(step.seconds()).containsKeys("rollout", "train", "total"));
    assertThat(new RunSummary(run).make(1, new Times()).seconds().hidden())
        .isEqualTo(
            steps.get(1).seconds().get(BackgroundRollouts.HIDDEN)
                + steps.get(2).seconds().get(BackgroundRollouts.HIDDEN));
  }

  /** Step 0 replays version 1 of the other run, which that run's step 2 has scored. */
  private static RunContext warm(String name, int steps, String mu) {
    Map<String, String> keys = new LinkedHashMap<>(async());
    keys.put("run.name", name);
    keys.put("run.steps", "" + steps);
    keys.put("history.versions", "1");
    keys.put("history.mu", mu);
    keys.put("warm_start.run", TinyRun.RUN);
    keys.put("warm_start.to_version", "1");
    RunContext run = TinyRun.open(sequential().work(), keys);
    new ReMixLoop(run).run();
    return run;
  }

  /** What {@code sponge fsck} looks at, with all hashes. */
  static Fsck fsck(RunContext run, Path scratch) {
    return new Fsck(
        run.lakehouse(), scratch, new Fsck.Scope(Optional.of(run.runId()), /* hashes= */ true));
  }

  /** A critic of its own, which values each replayed rollout anew. */
  private RunContext critic(String name, Map<String, String> schedule) {
    Map<String, String> keys = new LinkedHashMap<>(schedule);
    keys.put("run.algorithm", "remix-ppo");
    keys.put("advantage.estimator", "gae");
    keys.put("run.steps", "2");
    RunContext run = TinyRun.open(directory.resolve(name), keys);
    new ReMixLoop(run).run();
    return run;
  }

  @Test
  void aCriticLearnsBesideTheRolloutsAsItDoesAfterThem() {
    RunContext async = critic("critic", async());
    Contents.assertEqual(without(async), without(critic("sequential", SCHEDULE)));
    assertThat(async.lakehouse().trainSteps().read(TinyRun.RUN).get(1).seconds())
        .containsKey(BackgroundRollouts.HIDDEN);
  }

  /** Without what stays empty before T. */
  private static Map<String, List<String>> without(RunContext run) {
    Map<String, List<String>> tables = contents(run);
    tables.remove("incarnations");
    return tables;
  }

  private static String firstWeights(RunContext run) {
    return run.lakehouse().policies().read(run.runId(), 1).orElseThrow().weightsSha256();
  }

  @Test
  void aWarmStartLetsStepZeroTrainBesideItsRolloutsToo() {
    RunContext run = warm("warm", 2, "trainer");
    assertThat(run.lakehouse().trainSteps().read("warm"))
        .hasSize(2)
        .allSatisfy(step -> assertThat(step.seconds()).containsKey(BackgroundRollouts.HIDDEN));
    assertThat(run.lakehouse().stepRollouts().read("warm", 0, 1))
        .isNotEmpty()
        .allSatisfy(row -> assertThat(row.lag()).isEqualTo(1));
    assertThat(firstWeights(run))
        .as("the scores of the other run are found")
        .isNotEqualTo(firstWeights(warm("sampler", 1, "sampler")));
  }

  /** Rollouts that nobody makes before somebody waits for them. */
  private static final class LateRollouts implements FreshRollouts {
    private final RunContext run;
    private int checks;

    LateRollouts(RunContext run) {
      this.run = run;
    }

    @Override
    public void check() {
      checks++;
      assertThat(run.lakehouse().rollouts().lastVersion(TinyRun.RUN)).isEqualTo(OptionalInt.of(0));
    }

    @Override
    public void await() {
      assertThat(checks).as("training has ended").isEqualTo(2);
      new RolloutJob(run).run(state(run), new Times());
    }

    @Override
    public Lakehouse arrived(Lakehouse before) {
      return run.lakehouse().frozen();
    }

    @Override
    public Map<String, Double> seconds() {
      return Map.of();
    }
  }

  @Test
  void aStepTrainsWithoutTheRolloutsOfItsOwnPolicyAndIsCommittedAfterThem() {
    RunContext run = TinyRun.open(directory.resolve("late"), async());
    stepZero(run);
    TrainStep step = new TrainJob(run).run(state(run), new Times(), new LateRollouts(run));
    assertThat(step.step()).isEqualTo(1);
    new ReMixLoop(run).run();
    assertEqualButForEvaluations(run);
  }

  @Test
  void aFailureOfEitherSideEndsTheOtherAndTheNextStartGoesOn() throws IOException {
    String root =
        FaultyFileSystem.root(
            TinyRun.spark().sparkContext().hadoopConfiguration(), directory.resolve("store"));
    RunContext run = TinyRun.open(directory.resolve("local"), root, async());
    stepZero(run);
    FaultyFileSystem.failNextReads(Integer.MAX_VALUE);
    assertThatThrownBy(() -> new ReMixLoop(run).run())
        .hasStackTraceContaining("the store is out of order");
    assertThat(run.lakehouse().trainSteps().lastStep(TinyRun.RUN)).hasValue(0);
    assertThat(run.lakehouse().rollouts().lastVersion(TinyRun.RUN)).hasValue(0);
    assertNoThreadIsLeft();

    FaultyFileSystem.failNextReads(0);
    Path base = baseManifest();
    Path hidden = Files.move(base, base.resolveSibling("hidden"));
    RunContext blind = TinyRun.open(directory.resolve("blind"), root, async());
    assertThatThrownBy(() -> new ReMixLoop(blind).run())
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("There is no checkpoint");
    assertThat(run.lakehouse().trainSteps().lastStep(TinyRun.RUN)).hasValue(1);
    assertNoThreadIsLeft();

    Files.move(hidden, base);
    new ReMixLoop(run).run();
    assertEqualButForEvaluations(run);
  }

  private static void assertNoThreadIsLeft() {
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .doesNotContain("sponge-rollouts");
  }

  /** Of version 0, the base: step 1 finds all its scores in the table, step 2 does not. */
  private Path baseManifest() throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve("store/checkpoints/bootstrap"))) {
      return files
          .filter(file -> file.getFileName().toString().equals("manifest.json"))
          .findFirst()
          .orElseThrow();
    }
  }
}
