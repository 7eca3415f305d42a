package dev.sponge.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.config.RunConfig.Mode;
import dev.sponge.rl.UserError;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** run.mode and the keys that it goes with. */
class RunModeTest {
  private static SpongeConfig with(String... keysAndValues) {
    Map<String, String> overrides = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      overrides.put(keysAndValues[i], keysAndValues[i + 1]);
    }
    return SpongeConfig.load(Optional.empty(), overrides);
  }

  private static void assertRefused(String sentence, String... keysAndValues) {
    assertThatThrownBy(() -> with(keysAndValues))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(sentence);
  }

  @Test
  void asyncNeedsStepsThatTrainOnHistoryAlone() {
    assertThat(SpongeConfig.defaults().run().mode()).isEqualTo(Mode.BOTH);
    assertThat(with("run.mode", "async", "history.share", "1").effective().run().mode())
        .isEqualTo(Mode.ASYNC);
    assertRefused(
        "run.mode = async contradicts history.share = 0.4: a step trains while its policy samples"
            + " only if it trains on rollouts of earlier policies alone; set history.share = 1",
        "run.mode",
        "async");
    assertRefused(
        "run.mode = async contradicts history.share = auto: ",
        "run.mode",
        "async",
        "history.share",
        "auto");
    assertRefused(
        "run.mode = async contradicts run.algorithm = grpo",
        "run.mode",
        "async",
        "run.algorithm",
        "grpo");
    assertRefused(
        "run.mode = async contradicts rollout.refill_rounds = 2",
        "run.mode",
        "async",
        "history.share",
        "1",
        "rollout.refill_rounds",
        "2",
        "advantage.zero_variance_groups",
        "drop");
    assertRefused(
        "run.mode = async contradicts history.share = 0.0",
        "run.mode",
        "async",
        "history.share",
        "0",
        "history.selection",
        "difficulty");
  }

  @Test
  void exploreHasNeitherHistoryNorReincarnation() {
    SpongeConfig explore = with("run.mode", "explore").effective();
    assertThat(explore.effective()).isEqualTo(explore);
    Map<String, Object> changed = new HashMap<>(explore.values());
    changed.entrySet().removeAll(SpongeConfig.defaults().values().entrySet());
    assertThat(changed)
        .isEqualTo(Map.of("run.mode", "explore", "history.share", 0.0, "reincarnation.step", 0));
    assertThat(with("run.mode", "explore", "run.algorithm", "ppo", "advantage.estimator", "gae"))
        .isNotNull();
    assertRefused(
        "history.share = 0.3 contradicts run.mode = explore",
        "run.mode",
        "explore",
        "history.share",
        "0.3");
    assertRefused(
        "reincarnation.step = 7 contradicts run.mode = explore",
        "run.mode",
        "explore",
        "reincarnation.step",
        "7");
    assertRefused(
        "run.mode = explore contradicts history.selection = difficulty",
        "run.mode",
        "explore",
        "history.selection",
        "difficulty");
  }

  @Test
  void rolloutsOfAnotherRunNeedAModeThatTrainsOnThem() {
    assertRefused(
        "run.mode = async contradicts offline.run = old",
        "run.mode",
        "async",
        "offline.run",
        "old",
        "offline.to_version",
        "3");
    assertRefused(
        "run.mode = explore contradicts warm_start.run = old",
        "run.mode",
        "explore",
        "warm_start.run",
        "old",
        "warm_start.to_version",
        "3");
    assertThat(
            with(
                    "run.mode",
                    "async",
                    "history.share",
                    "1",
                    "warm_start.run",
                    "old",
                    "warm_start.to_version",
                    "3")
                .warmStart()
                .isOn())
        .isTrue();
  }

  @Test
  void aRunKeepsItsMode() {
    assertThat(SpongeConfig.immutableKeys()).contains("run.mode");
    assertThatThrownBy(
            () ->
                with("run.mode", "async", "history.share", "1")
                    .checkSameRun(with("history.share", "1").resolved()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("run.mode (stored both, given async)");
    SpongeConfig.defaults().checkSameRun("{\"run\":{\"seed\":1}}");
  }
}
