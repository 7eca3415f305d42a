package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.jobs.table.StepRollout;
import dev.sponge.jobs.table.TrainStep;
import dev.sponge.rl.UserError;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The last versions of another run are history before version 0. */
class WarmStartTest {
  private static final int LAST = TinyRun.STEPS - 1;

  @TempDir Path work;

  private RunContext warm(String name, Map<String, String> more) {
    Map<String, String> keys = new HashMap<>();
    keys.put("run.name", name);
    keys.put("run.steps", "3");
    keys.put("warm_start.run", TinyRun.RUN);
    keys.put("warm_start.to_version", "" + LAST);
    keys.put("evaluation.every", "100");
    keys.putAll(more);
    return TinyRun.open(work, keys);
  }

  /** Groups that trained in a step, as (run, version, lag). */
  private static Map<List<Object>, Long> groups(
      Lakehouse lake, String name, int step, Map<String, Rollout> rollouts) {
    return lake.stepRollouts().read(name, step, step).stream()
        .filter(row -> row.pass() == 0)
        .collect(
            Collectors.groupingBy(
                row -> place(row, rollouts),
                Collectors.collectingAndThen(
                    Collectors.counting(), count -> count / TinyRun.GROUP_SIZE)));
  }

  private static List<Object> place(StepRollout row, Map<String, Rollout> rollouts) {
    Rollout rollout = rollouts.get(row.rolloutId());
    return List.of(rollout.runId(), rollout.policyVersion(), row.lag());
  }

  private static List<String> weights(Lakehouse lake, String name) {
    return lake.policies().read(name, 0, 100).stream().map(Policy::weightsSha256).toList();
  }

  @Test
  void theFirstStepsReplayTheOtherRunAndAStoppedRunGoesOnWithTheSameBytes() {
    TinyRun.copyOfReference(work);
    RunContext run = warm("warm", Map.of());
    Lakehouse lake = run.lakehouse();
    assertThatThrownBy(
            () -> new ReMixLoop(warm("warm", Map.of("warm_start.to_version", "9"))).run())
        .isInstanceOf(UserError.class)
        .hasMessageContaining("policy versions up to 3");
    assertThat(lake.policies().read("warm", 0)).isEmpty();

    new ReMixLoop(run).run();

    Map<String, Rollout> rollouts =
        List.of(TinyRun.RUN, "warm").stream()
            .flatMap(name -> lake.rollouts().read(name, 0, 9).stream())
            .collect(Collectors.toMap(Rollout::rolloutId, Function.identity()));
    // Two replayed groups of four, evenly over the window of two versions.
    assertThat(groups(lake, "warm", 0, rollouts))
        .isEqualTo(
            Map.of(
                List.of("warm", 0, 0),
                2L,
                List.of(TinyRun.RUN, LAST, 1),
                1L,
                List.of(TinyRun.RUN, LAST - 1, 2),
                1L));
    assertThat(groups(lake, "warm", 1, rollouts))
        .isEqualTo(
            Map.of(
                List.of("warm", 1, 0),
                2L,
                List.of("warm", 0, 1),
                1L,
                List.of(TinyRun.RUN, LAST, 2),
                1L));
    assertThat(groups(lake, "warm", 2, rollouts).keySet())
        .extracting(place -> place.get(0))
        .containsOnly("warm");
    TrainStep first = lake.trainSteps().read("warm", 0).orElseThrow();
    assertThat(first.historyShare()).isEqualTo(0.4);
    assertThat(first.freshRollouts()).isEqualTo(2 * TinyRun.GROUP_SIZE);
    assertThat(first.replayedRollouts()).isEqualTo(2 * TinyRun.GROUP_SIZE);
    assertThat(first.metrics()).containsKey("actor/ratio/lag_2/mean");

    new ReMixLoop(warm("stopped", Map.of("run.steps", "1"))).run();
    new ReMixLoop(warm("stopped", Map.of())).run();
    assertThat(weights(lake, "stopped")).isEqualTo(weights(lake, "warm"));
    assertThat(Set.copyOf(weights(lake, "warm"))).hasSize(4);
  }
}
