package dev.sponge.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigUtil;
import dev.sponge.jobs.config.RunConfig.Algorithm;
import dev.sponge.rl.UserError;
import dev.sponge.rl.batch.AutoShare;
import dev.sponge.rl.model.LoraSettings;
import dev.sponge.rl.model.Projection;
import dev.sponge.rl.model.ResidualSettings;
import dev.sponge.rl.training.ReMixSchedule.LambdaClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpongeConfigTest {
  @TempDir Path directory;

  private static SpongeConfig with(String... keyValues) {
    Map<String, String> overrides = new LinkedHashMap<>();
    for (int i = 0; i < keyValues.length; i += 2) {
      overrides.put(keyValues[i], keyValues[i + 1]);
    }
    return SpongeConfig.load(Optional.empty(), overrides);
  }

  private SpongeConfig file(String text) throws IOException {
    Path file = directory.resolve("test.conf");
    Files.writeString(file, text);
    return SpongeConfig.load(Optional.of(file), Map.of());
  }

  @Test
  void theDefaultsHoldExactlyTheKeysOfTheRecords() {
    Set<String> written =
        ConfigSource.defaults().entrySet().stream()
            .map(entry -> String.join(".", ConfigUtil.splitPath(entry.getKey())))
            .collect(Collectors.toSet());
    assertThat(written).containsExactlyInAnyOrderElementsOf(SpongeConfig.keys());
  }

  @Test
  void theDefaultsAreThoseOfThePaper() {
    SpongeConfig config = SpongeConfig.defaults();
    assertThat(config.history().share()).isEqualTo(new HistoryShare.Fixed(0.4));
    assertThat(config.history().versions()).isEqualTo(2);
    assertThat(config.training().passes()).isEqualTo(2);
    assertThat(config.reincarnation().at()).hasValue(50);
    assertThat(config.objective().kl().lambda())
        .isEqualTo(new LambdaConfig(50, 10, 0.1, 0.5, LambdaClock.GLOBAL));
    assertThat(config.objective().kl().precedent()).isEqualTo(KlConfig.Precedent.PREVIOUS);
    assertThat(config.history().replayedGroups(32)).isEqualTo(13);
    assertThat(config.lengthNorm()).isEqualTo(config.rollout().maxNewTokens());
  }

  @Test
  void aLeaseIsStaleAfterTwoHeartbeatsAtLeast() {
    assertThat(with("lease.heartbeat_seconds", "5", "lease.stale_seconds", "10").lease())
        .isEqualTo(new LeaseConfig(5, 10));
    assertThatThrownBy(() -> with("lease.heartbeat_seconds", "61"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("lease.stale_seconds = 120")
        .hasMessageContaining("lease.heartbeat_seconds = 61");
    assertThatThrownBy(() -> with("lease.heartbeat_seconds", "0"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("lease.heartbeat_seconds");
    assertThat(SpongeConfig.immutableKeys()).noneMatch(key -> key.startsWith("lease."));
  }

  @Test
  void aFreshPolicyStartsAsQwen2Does() {
    assertThat(SpongeConfig.defaults().model())
        .extracting(PolicyConfig::embeddingStd, PolicyConfig::linearStd)
        .containsExactly(0.02, 0.02);
  }

  @Test
  void aFileOverridesDefaultsAndOverridesOverrideTheFile() throws IOException {
    Path file = directory.resolve("a.conf");
    Files.writeString(file, "run { steps = 5, seed = 4 }\ndata.levels = [2]\n");
    SpongeConfig config = SpongeConfig.load(Optional.of(file), Map.of("run.seed", "9"));
    assertThat(config.run().steps()).isEqualTo(5);
    assertThat(config.run().seed()).isEqualTo(9);
    assertThat(config.data().levels()).containsExactly(2);
    assertThat(config.rollout()).isEqualTo(SpongeConfig.defaults().rollout());
  }

  @Test
  void valuesOfTheCommandLineMayHoldAnyCharacter() {
    assertThat(with("model.dir", "/tmp/a b#c:d=${e}").model().dir()).isEqualTo("/tmp/a b#c:d=${e}");
    assertThat(with("data.levels", "[3, 1]").data().levels()).containsExactly(3, 1);
    assertThat(with("training.learning_rate", "1e-5").training().learningRate()).isEqualTo(1e-5);
    assertThat(with("run.seed", "9007199254740993").run().seed()).isEqualTo(9007199254740993L);
  }

  @ParameterizedTest
  @CsvSource({
    "rollout.grup_size, rollout.group_size",
    "group_size, rollout.group_size",
    "objective.clip-epsilon-low, objective.clip_epsilon_low",
    "eval.every, evaluation.every"
  })
  void anUnknownKeyIsRefusedWithTheNearestKnownOne(String given, String nearest)
      throws IOException {
    assertThatThrownBy(() -> with(given, "3"))
        .isInstanceOf(UserError.class)
        .hasMessage("Unknown key %s (the command line). Did you mean %s?", given, nearest);
    assertThatThrownBy(() -> file(given + " = 3"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("Unknown key " + given)
        .hasMessageContaining("test.conf: 1")
        .hasMessageContaining(nearest);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "foo {}",
        "run.steps { a = 1 }",
        "\"run.steps\" = 3",
        "objective.kl = 3",
        "run = null",
        "run.steps = null",
        "run.steps = ",
        "run.steps = ${missing}",
        "run { steps = 3",
        "data.levels = 2",
        "data.levels = [a]",
        "data.levels = [[1]]",
        "run.steps = [1]",
        "run.steps = 1.5",
        "run.steps = 99999999999",
        "model.tie_embeddings = yes",
        "training.learning_rate = NaN",
        "run.algorithm = ppo",
        "objective.ratio_level = sequence"
      })
  void aValueThatCannotBeReadIsAUserError(String text) {
    assertThatThrownBy(() -> file(text)).isInstanceOf(UserError.class);
  }

  @Test
  void aWrongTypeNamesKeyValueAndPlace() {
    assertThatThrownBy(() -> file("\nrun.steps = many"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("run.steps = \"many\"")
        .hasMessageContaining("must be an integer")
        .hasMessageContaining("test.conf: 2");
  }

  @Test
  void aValueThatIsNotAvailableNamesThoseThatAre() {
    assertThatThrownBy(() -> with("advantage.estimator", "gea"))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith(
            "advantage.estimator = gea is not available: use grpo, dr-grpo, rloo, asymre, reward,"
                + " reinforce++, reinforce++-baseline, gae.");
  }

  @ParameterizedTest
  @CsvSource({
    "run.steps, 0",
    "run.name, ../x",
    "run.name, .hidden",
    "history.share, 1.5",
    "history.share, -0.1",
    "rollout.temperature, 0",
    "training.learning_rate, 0",
    "training.passes, 0",
    "objective.clip_epsilon_low, 1.01",
    "objective.dual_clip, 0.5",
    "objective.kl.lambda.period, 0",
    "data.levels, [0]",
    "data.levels, []",
    "data.noise.wrong_result, 2",
    "data.noise.forgotten_carry, -0.5",
    "model.embedding_std, 0",
    "model.linear_std, 11",
    "bootstrap.final_learning_rate_share, 1.1",
    "bootstrap.adam_beta2, 1",
    "engine.threads, 0",
    "evaluation.final_samples, 4",
    "checkpoint.keep_last, 1",
    "checkpoint.keep_best, -1",
    "adapter.rank, 0",
    "adapter.residual_scale, 0"
  })
  void aValueOutOfRangeNamesKeyAndValue(String key, String value) {
    assertThatThrownBy(() -> with(key, value))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(key)
        .hasMessageContaining(value.equals("[]") ? "[]" : value.replaceAll("[\\[\\]]", ""));
  }

  @Test
  void contradictingKeysNameBoth() {
    assertContradiction("rollout.group_size", "1", "advantage.estimator = grpo");
    assertContradiction("history.versions", "0", "history.share = 0.4");
    assertContradiction("history.share", "0.99", "rollout.prompts_per_step");
    assertContradiction("model.max_positions", "100", "rollout.max_new_tokens");
    assertContradiction("model.heads", "5", "model.hidden_size = 96");
    assertContradiction("model.kv_heads", "3", "model.heads = 4");
    assertContradiction("training.minibatches", "257", "rollout.group_size");
    assertContradiction("data.train_problems", "31", "rollout.prompts_per_step = 32");
    assertContradiction("evaluation.problems", "513", "data.test_problems = 512");
    assertThat(with("history.versions", "0", "history.share", "0").history().versions()).isZero();
    assertThat(with("history.share", "1").history().replayedGroups(32)).isEqualTo(32);
  }

  private static void assertContradiction(String key, String value, String other) {
    assertThatThrownBy(() -> with(key, value))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(key)
        .hasMessageContaining(value)
        .hasMessageContaining(other);
  }

  @Test
  void grpoIsReMixWithoutHistoryReincarnationAndMovingAnchor() {
    SpongeConfig grpo = with("run.algorithm", "grpo").effective();
    assertThat(grpo.history().largestShare()).isZero();
    assertThat(grpo.training().passes()).isEqualTo(1);
    assertThat(grpo.reincarnation().at()).isEmpty();
    assertThat(grpo.objective().kl().lambda().floor()).isEqualTo(1);
    assertThat(grpo.effective()).isEqualTo(grpo);
    assertThat(SpongeConfig.fixedBy(Algorithm.GRPO))
        .allSatisfy((key, value) -> assertThat(grpo.values()).containsEntry(key, value));
    SpongeConfig remix = SpongeConfig.defaults();
    assertThat(remix.effective()).isEqualTo(remix);
    Map<String, Object> changed = new HashMap<>(grpo.values());
    changed.entrySet().removeAll(remix.values().entrySet());
    assertThat(changed.keySet())
        .containsExactlyInAnyOrder(
            "run.algorithm",
            "history.share",
            "training.passes",
            "reincarnation.step",
            "objective.kl.lambda.floor");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "offline.to_version=3 | no meaning without offline.run",
        "offline.run=a | offline.to_version = -1 must be given",
        "offline.run=a offline.to_version=1 offline.from_version=2 | offline.from_version = 2",
        "offline.run=main offline.to_version=1 | contradicts run.name",
        "offline.run=a offline.to_version=1 history.selection=difficulty | history.selection",
        "offline.run=a offline.to_version=1 objective.loss=geppo | objective.loss = geppo",
        "offline.run=a offline.to_version=1 rollout.refill_rounds=2"
            + " advantage.zero_variance_groups=drop | rollout.refill_rounds = 2",
        "offline.run=a offline.to_version=1 rollout.prompt_selection.strategy=skip-settled"
            + " | rollout.prompt_selection.strategy = skip-settled",
        "offline.run=a offline.to_version=1 warm_start.run=b warm_start.to_version=1"
            + " | contradicts warm_start.run",
        "warm_start.run=a | belong together",
        "warm_start.to_version=1 | belong together",
        "warm_start.run=main warm_start.to_version=1 | contradicts run.name",
        "warm_start.run=a warm_start.to_version=1 history.share=0 | history.share = 0",
        "warm_start.run=a warm_start.to_version=1 history.selection=difficulty"
            + " | history.selection"
      })
  void trainingOnAnotherRunHasItsLimits(String assignments, String message) {
    String[] keyValues = assignments.strip().split("[ =]+", -1);
    assertThatThrownBy(() -> with(keyValues))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(message);
  }

  @Test
  void offlineTrainingHasNoHistoryOfItsOwnAndNoOnPolicyPhase() {
    SpongeConfig offline = with("offline.run", "a", "offline.to_version", "3").effective();
    assertThat(offline.history().largestShare()).isZero();
    assertThat(offline.reincarnation().at()).isEmpty();
    assertThat(offline.training().passes()).isEqualTo(2);
    assertThat(offline.effective()).isEqualTo(offline);
    assertThatThrownBy(
            () -> with("offline.run", "a", "offline.to_version", "3", "reincarnation.step", "5"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("reincarnation.step = 5 contradicts offline.run = a");
  }

  @Test
  void theShareIsANumberOrAuto() throws IOException {
    assertThat(file("history.share = 0.25").values()).containsEntry("history.share", 0.25);
    assertThat(with("history.share", "0.25")).isEqualTo(file("history.share = 0.25"));
    assertThat(with("history.share", "0.25").resolved()).contains("\"share\":0.25");
    SpongeConfig auto = with("history.share", "auto", "history.auto.max_share", "0.3");
    assertThat(auto.values()).containsEntry("history.share", "auto");
    assertThat(file(auto.resolved())).isEqualTo(auto);
    assertThat(auto.history().replayedGroups(32)).as("at most").isEqualTo(10);
    assertThat(auto.history().autoShare()).contains(new AutoShare(0.3, 0.99));
    assertThat(SpongeConfig.defaults().history().autoShare()).isEmpty();
    // A run that was begun before the keys were there goes on with their defaults.
    auto.checkSameRun(auto.resolved());
    with().checkSameRun("{\"history\":{\"share\":0.4,\"versions\":2}}");
    assertThatThrownBy(() -> auto.checkSameRun(with().resolved()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("history.share (stored 0.4, given auto)");
  }

  @Test
  void grpoTakesNothingOfTheHistoryFromASharedFile() {
    SpongeConfig grpo =
        with("run.algorithm", "grpo", "history.selector", "ess", "history.max_uses", "4")
            .effective();
    assertThat(grpo.history().scoresCandidates()).isFalse();
    assertThat(grpo.history().maxUses()).isZero();
    assertThat(with("history.selector", "ess").history().scoresCandidates()).isTrue();
    assertThat(with("history.eligible.max_kl", "0.1").history().scoresCandidates()).isTrue();
    assertThat(with("history.selector", "priority").history().scoresCandidates()).isFalse();
  }

  @Test
  void aKeySetByHandThatGrpoFixesIsAContradiction() {
    assertThatThrownBy(() -> with("run.algorithm", "grpo", "history.share", "0.3"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("history.share = 0.3 contradicts run.algorithm = grpo");
    assertThat(with("run.algorithm", "grpo", "history.share", "0").history().largestShare())
        .isZero();
  }

  @Test
  void theResolvedConfigIsStableAndReadsBackAsTheSameConfig() throws IOException {
    SpongeConfig config = with("training.learning_rate", "1e-3", "data.levels", "[1,2]");
    String resolved = config.resolved();
    assertThat(resolved).doesNotContain("\n").isEqualTo(file(resolved).resolved());
    assertThat(file(resolved)).isEqualTo(config);
    assertThat(with("training.learning_rate", "0.001", "data.levels", "[1, 2]").resolved())
        .isEqualTo(resolved);
    assertThat(ConfigFactory.parseString(resolved).getDouble("training.learning_rate"))
        .isEqualTo(1e-3);
  }

  @Test
  void theKindOfAdapterDecidesWhichOneThereIs() throws IOException {
    assertThat(SpongeConfig.defaults().adapter().lora()).isEmpty();
    assertThat(SpongeConfig.defaults().adapter().residual()).isEmpty();
    SpongeConfig residual =
        with("adapter.kind", "residual", "adapter.rank", "4", "adapter.residual_scale", "0.3");
    assertThat(residual.adapter().residual()).contains(new ResidualSettings(4, 0.3));
    assertThat(residual.adapter().lora()).isEmpty();
    assertThat(file(residual.resolved())).isEqualTo(residual);
    SpongeConfig lora = with("adapter.kind", "lora", "adapter.targets", "[v_proj]");
    assertThat(lora.adapter().lora()).contains(new LoraSettings(16, 32, List.of(Projection.V)));
    assertThat(lora.adapter().residual()).isEmpty();
  }

  @Test
  void aRunRefusesOtherValuesOfImmutableKeysAndListsThemAll() {
    String stored = SpongeConfig.defaults().resolved();
    assertThatThrownBy(() -> with("rollout.group_size", "4", "run.seed", "3").checkSameRun(stored))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("run.seed (stored 1, given 3)")
        .hasMessageContaining("rollout.group_size (stored 8, given 4)")
        .hasMessageContaining("--run NAME");
    assertThatThrownBy(() -> with("run.algorithm", "grpo").checkSameRun(stored))
        .hasMessageContaining("run.algorithm (stored remix-grpo, given grpo)");
    assertThatThrownBy(() -> with("model.dir", "/m").checkSameRun(stored))
        .hasMessageContaining("model.dir");
  }

  @Test
  void stepsEngineAndEvaluationMayChange() {
    with(
            "run.steps",
            "9",
            "engine.workers",
            "3",
            "evaluation.every",
            "2",
            "evaluation.benchmark",
            "other",
            "checkpoint.keep_every",
            "10")
        .checkSameRun(SpongeConfig.defaults().resolved());
    assertThat(SpongeConfig.immutableKeys())
        .contains(
            "run.algorithm",
            "run.seed",
            "model.dir",
            "rollout.group_size",
            "data.seed",
            "training.learning_rate")
        .doesNotContain("run.steps", "run.name", "evaluation.every");
  }

  @Test
  void aStoredConfigOfAnotherVersionCountsItsMissingKeysWithTheirDefault() {
    SpongeConfig.defaults().checkSameRun("{\"run\":{\"seed\":1,\"gone\":2}}");
    assertThatThrownBy(() -> with("run.seed", "2").checkSameRun("{\"run\":{}}"))
        .hasMessageContaining("run.seed (stored 1, given 2)");
  }

  @Test
  void aMissingFileIsAUserError() {
    assertThatThrownBy(() -> SpongeConfig.load(Optional.of(directory.resolve("no.conf")), Map.of()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no.conf does not exist");
  }

  @Test
  void everyRecordIsReachedByItsKeys() {
    assertThat(SpongeConfig.defaults().values().keySet())
        .containsExactlyElementsOf(SpongeConfig.keys());
    assertThat(SpongeConfig.keys())
        .doesNotHaveDuplicates()
        .contains("objective.kl.lambda.start", "training.adam_beta1", "data.noise.wrong_copy");
  }
}
