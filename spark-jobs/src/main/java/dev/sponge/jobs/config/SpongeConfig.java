package dev.sponge.jobs.config;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValueFactory;
import dev.sponge.jobs.config.RunConfig.Algorithm;
import dev.sponge.jobs.config.RunConfig.Mode;
import dev.sponge.rl.UserError;
import dev.sponge.rl.advantage.OverlongPenalty;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The whole configuration of a run, validated. {@code sponge-defaults.conf} documents every key.
 */
public record SpongeConfig(
    RunConfig run,
    EngineConfig engine,
    DataConfig data,
    PolicyConfig model,
    AdapterConfig adapter,
    BootstrapConfig bootstrap,
    RolloutConfig rollout,
    HistoryConfig history,
    TrainingConfig training,
    ObjectiveConfig objective,
    AdvantageConfig advantage,
    CriticConfig critic,
    ReincarnationConfig reincarnation,
    RewardConfig reward,
    EvaluationConfig evaluation,
    CheckpointConfig checkpoint,
    OfflineConfig offline,
    WarmStartConfig warmStart,
    LeaseConfig lease) {

  /**
   * Keys that may differ between two starts of one run: they shape no trained weight beyond its
   * last bits.
   */
  private static final Set<String> MUTABLE_KEYS =
      Set.of(
          "run.steps",
          "engine.device",
          "engine.threads",
          "engine.workers",
          "reward.reflection_keywords");

  private static final List<String> MUTABLE_SECTIONS =
      List.of("evaluation.", "checkpoint.", "lease.");

  public SpongeConfig {
    if (rollout.groupSize() < 2 && advantage.estimator().needsGroup()) {
      throw new UserError(
          "rollout.group_size = "
              + rollout.groupSize()
              + " contradicts advantage.estimator = "
              + Choice.keyOf(advantage.estimator())
              + ": a baseline from the group needs rollout.group_size of 2 or more.");
    }
    PolicyLosses.of(objective); // what core-rl refuses is refused before anything starts
    checkOverlong(reward, rollout);
    checkObjective(objective, advantage, history);
    checkCritic(run, adapter, advantage);
    checkFrozenPolicy(critic, advantage, reincarnation);
    checkGroups(objective, advantage, rollout);
    checkLengths(model, rollout);
    ModeChecks.checkReuse(run, offline, warmStart);
    ModeChecks.check(run, history, rollout);
    BatchChecks.check(history, rollout, objective);
    BatchChecks.checkDifficulty(run, history, rollout);
    BatchChecks.checkRefill(rollout, history, advantage);
    HistoryChecks.check(history, rollout, training, reincarnation);
    RewardChecks.check(data, reward, rollout);
    if (training.minibatches() > rollout.sequencesPerStep()) {
      throw new UserError(
          "training.minibatches = "
              + training.minibatches()
              + " exceeds the "
              + rollout.sequencesPerStep()
              + " sequences of a step (rollout.prompts_per_step * rollout.group_size); lower it.");
    }
    DataChecks.check(model, data, rollout, evaluation);
    ReuseChecks.check(run, offline, warmStart, new ReuseChecks.Batch(history, rollout, objective));
  }

  private static void checkObjective(
      ObjectiveConfig objective, AdvantageConfig advantage, HistoryConfig history) {
    if (objective.truncatedImportance().cap() > 0
        && history.mu() == HistoryConfig.BehaviourLogProbs.SAMPLER) {
      throw new UserError(
          "objective.truncated_importance.cap = "
              + objective.truncatedImportance().cap()
              + " contradicts history.mu = sampler: the ratio to the sampler is in the loss already"
              + " and would be corrected twice; set history.mu = trainer or the cap to 0.");
    }
    if (objective.loss() == ObjectiveConfig.Loss.ASYMRE
        && advantage.estimator() != AdvantageConfig.Estimator.ASYMRE) {
      throw new UserError(
          "objective.loss = asymre contradicts advantage.estimator = "
              + Choice.keyOf(advantage.estimator())
              + ": without its lowered baseline the loss collapses on tokens of other policies; set"
              + " advantage.estimator = asymre.");
    }
  }

  private static void checkCritic(RunConfig run, AdapterConfig adapter, AdvantageConfig advantage) {
    if (run.algorithm().hasCritic() != advantage.needsCritic()) {
      throw new UserError(
          "run.algorithm = "
              + Choice.keyOf(run.algorithm())
              + " contradicts advantage.estimator = "
              + Choice.keyOf(advantage.estimator())
              + ": remix-ppo and ppo go with gae, remix-grpo and grpo with all others.");
    }
    if (advantage.needsCritic() && adapter.residual().isPresent()) {
      throw new UserError(
          "adapter.kind = residual is not available with advantage.estimator = gae: a critic beside"
              + " a residual is not built; set adapter.kind = none or lora.");
    }
  }

  private static void checkFrozenPolicy(
      CriticConfig critic, AdvantageConfig advantage, ReincarnationConfig reincarnation) {
    int frozen = critic.frozenPolicySteps();
    if (frozen > 0 && !advantage.needsCritic()) {
      throw new UserError(
          "critic.frozen_policy_steps = "
              + frozen
              + " trains a critic alone, and advantage.estimator = "
              + Choice.keyOf(advantage.estimator())
              + " has none; set it to 0.");
    }
    if (reincarnation.at().isPresent() && reincarnation.at().getAsInt() <= frozen) {
      throw new UserError(
          "critic.frozen_policy_steps = "
              + frozen
              + " leaves no step of phase 1 in which the policy is trained, with reincarnation.step = "
              + reincarnation.step()
              + "; lower the first or raise the second.");
    }
  }

  private static void checkOverlong(RewardConfig reward, RolloutConfig rollout) {
    if (reward.overlongBuffer() >= rollout.maxNewTokens()) {
      throw new UserError(
          "reward.overlong_buffer = "
              + reward.overlongBuffer()
              + " leaves no room below rollout.max_new_tokens = "
              + rollout.maxNewTokens()
              + "; lower the first or raise the second.");
    }
  }

  private static void checkGroups(
      ObjectiveConfig objective, AdvantageConfig advantage, RolloutConfig rollout) {
    if (rollout.groupSize() < 2
        && advantage.zeroVarianceGroups() == AdvantageConfig.ZeroVarianceGroups.DROP) {
      throw new UserError(
          "advantage.zero_variance_groups = drop leaves nothing to train on where rollout.group_size"
              + " = "
              + rollout.groupSize()
              + ": one reward has no variance. Set it to keep, or rollout.group_size to 2 or more.");
    }
    if (objective.loss() == ObjectiveConfig.Loss.ONLINE_DPO && rollout.groupSize() < 2) {
      throw new UserError(
          "objective.loss = online-dpo compares the best and the worst response of a prompt, but"
              + " rollout.group_size = "
              + rollout.groupSize()
              + "; set it to 2 or more.");
    }
  }

  private static void checkLengths(PolicyConfig model, RolloutConfig rollout) {
    long total = (long) rollout.maxPromptTokens() + rollout.maxNewTokens();
    if (model.isFresh() && total > model.maxPositions()) {
      throw new UserError(
          "rollout.max_prompt_tokens + rollout.max_new_tokens = "
              + total
              + " exceeds model.max_positions = "
              + model.maxPositions()
              + ", the context of the policy; lower the lengths or raise model.max_positions.");
    }
  }

  /**
   * Reads the configuration: built-in defaults, then the file, then the overrides in their order.
   *
   * @param file HOCON file, or nothing for the built-in defaults alone
   * @param overrides dotted key to value as text; a list is written {@code [a, b]}
   * @throws UserError for an unreadable file, an unknown key, a wrong type, a value out of range or
   *     contradicting keys
   */
  public static SpongeConfig load(Optional<Path> file, Map<String, String> overrides) {
    return ConfigSource.load(file, overrides);
  }

  /** What {@link #resolved()} wrote; keys that it does not know have their default. */
  public static SpongeConfig ofResolved(String resolved) {
    return ofResolved(resolved, Map.of());
  }

  /**
   * The same with other values for some keys.
   *
   * @param overrides dotted key to value as text
   */
  public static SpongeConfig ofResolved(String resolved, Map<String, String> overrides) {
    return ConfigSource.stored(resolved, overrides);
  }

  /** The built-in defaults. */
  public static SpongeConfig defaults() {
    return load(Optional.empty(), Map.of());
  }

  /** Every key, dotted, in the order of {@code sponge-defaults.conf}. */
  public static List<String> keys() {
    return RecordReader.keys(SpongeConfig.class);
  }

  /** The keys that must keep their value over the life of a run. */
  public static Set<String> immutableKeys() {
    Set<String> keys = new LinkedHashSet<>(keys());
    keys.removeIf(
        key -> MUTABLE_KEYS.contains(key) || MUTABLE_SECTIONS.stream().anyMatch(key::startsWith));
    keys.remove("run.name");
    return keys;
  }

  /** Every dotted key with its value (Integer, Long, Double, Boolean, String, List), in order. */
  public Map<String, Object> values() {
    return RecordReader.values(this);
  }

  /**
   * The configuration that the algorithm really uses. GRPO and PPO are ReMix with no history, one
   * pass, no reincarnation and the KL to the base policy alone (lambda 1 throughout). Offline
   * training has no history of its own and no on-policy phase, exploration has no training at all.
   * Idempotent.
   */
  public SpongeConfig effective() {
    return switch (run.algorithm()) {
      case REMIX_GRPO, REMIX_PPO ->
          offline.isOn() || run.mode() == Mode.EXPLORE ? withoutHistory(training, objective) : this;
      case GRPO, PPO -> {
        LambdaConfig lambda = objective.kl().lambda().withFloor(1);
        yield withoutHistory(
            training.withPasses(1), objective.withKl(objective.kl().withLambda(lambda)));
      }
    };
  }

  private SpongeConfig withoutHistory(TrainingConfig newTraining, ObjectiveConfig newObjective) {
    return new SpongeConfig(
        run,
        engine,
        data,
        model,
        adapter,
        bootstrap,
        rollout,
        history.withoutReplay(),
        newTraining,
        newObjective,
        advantage,
        critic,
        reincarnation.withStep(0),
        reward,
        evaluation,
        checkpoint,
        offline,
        warmStart,
        lease);
  }

  /** Keys that {@link #effective()} fixes for the algorithm, with the fixed value. */
  static Map<String, Object> fixedBy(Algorithm algorithm) {
    return switch (algorithm) {
      case REMIX_GRPO, REMIX_PPO -> Map.of();
      case GRPO, PPO -> {
        Map<String, Object> fixed = new LinkedHashMap<>();
        fixed.put("history.share", 0.0);
        fixed.put("training.passes", 1);
        fixed.put("reincarnation.step", 0);
        fixed.put("objective.kl.lambda.floor", 1.0);
        yield fixed;
      }
    };
  }

  /** What the length of a response takes from its reward, at most 0; 0 while switched off. */
  public double overlongPenalty(int responseTokens) {
    return reward.overlongBuffer() == 0
        ? 0
        : new OverlongPenalty(
                rollout.maxNewTokens(), reward.overlongBuffer(), reward.overlongWeight())
            .at(responseTokens);
  }

  /** Divisor of {@code seq-mean-token-sum-norm} in tokens. */
  public int lengthNorm() {
    return objective.lengthNorm() == 0 ? rollout.maxNewTokens() : objective.lengthNorm();
  }

  /** The complete configuration as one line of JSON with sorted keys; readable as a config file. */
  public String resolved() {
    Map<String, Object> root = new LinkedHashMap<>();
    values()
        .forEach(
            (key, value) -> {
              List<String> path = ConfigUtil.splitPath(key);
              Map<String, Object> section = root;
              for (String name : path.subList(0, path.size() - 1)) {
                section = child(section, name);
              }
              section.put(path.get(path.size() - 1), value);
            });
    return ConfigValueFactory.fromMap(root).render(ConfigRenderOptions.concise());
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> child(Map<String, Object> section, String name) {
    return (Map<String, Object>)
        section.computeIfAbsent(name, ignored -> new LinkedHashMap<String, Object>());
  }

  /**
   * Refuses to go on with a run that was begun with other values of immutable keys. Keys that the
   * stored configuration does not know count with their default.
   *
   * @param storedResolved what {@link #resolved()} gave when the run began
   * @throws UserError listing key, stored and given value of every difference
   */
  public void checkSameRun(String storedResolved) {
    Map<String, Object> stored = ofResolved(storedResolved, Map.of()).effective().values();
    Map<String, Object> given = effective().values();
    List<String> differences = new ArrayList<>();
    for (String key : immutableKeys()) {
      if (!stored.get(key).equals(given.get(key))) {
        differences.add(key + " (stored " + stored.get(key) + ", given " + given.get(key) + ")");
      }
    }
    if (!differences.isEmpty()) {
      throw new UserError(
          "Run \""
              + run.name()
              + "\" was begun with another configuration: "
              + String.join(", ", differences)
              + ". Give the stored values, or start another run with --run NAME.");
    }
  }
}
