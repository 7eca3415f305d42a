package dev.sponge.jobs.config;

import dev.sponge.jobs.config.RunConfig.Mode;
import dev.sponge.rl.UserError;
import java.util.Map;

/** Contradictions between {@code run.mode} and other keys. */
final class ModeChecks {
  /** What {@link SpongeConfig#effective()} switches off for exploration. */
  private static final Map<String, Object> OFF_IN_EXPLORATION =
      Map.of("history.share", 0.0, "reincarnation.step", 0);

  private ModeChecks() {}

  static void check(RunConfig run, HistoryConfig history, RolloutConfig rollout) {
    switch (run.mode()) {
      case BOTH -> {}
      case EXPLORE -> checkExplore(history);
      case ASYNC -> checkAsync(run, history, rollout);
    }
  }

  /** Before anything else is said about other runs' rollouts. */
  static void checkReuse(RunConfig run, OfflineConfig offline, WarmStartConfig warm) {
    if (run.mode() != Mode.BOTH && offline.isOn()) {
      throw new UserError(
          "run.mode = "
              + Choice.keyOf(run.mode())
              + " contradicts offline.run = "
              + offline.run()
              + ": no rollout is sampled; set run.mode = both.");
    }
    if (run.mode() == Mode.EXPLORE && warm.isOn()) {
      throw new UserError(
          "run.mode = explore contradicts warm_start.run = "
              + warm.run()
              + ": nothing is replayed; remove one of the two.");
    }
  }

  private static void checkExplore(HistoryConfig history) {
    if (history.selection() == HistoryConfig.Selection.DIFFICULTY) {
      throw new UserError(
          "run.mode = explore contradicts history.selection = difficulty: it composes a batch to"
              + " train on, and exploration trains nothing; set history.selection = window.");
    }
  }

  private static void checkAsync(RunConfig run, HistoryConfig history, RolloutConfig rollout) {
    String key = "run.mode = async contradicts ";
    switch (run.algorithm()) {
      case REMIX_GRPO, REMIX_PPO -> {}
      case GRPO, PPO ->
          throw new UserError(
              key
                  + "run.algorithm = "
                  + Choice.keyOf(run.algorithm())
                  + ", which trains on the rollouts that the policy has just made and so waits for"
                  + " them; set run.algorithm = remix-grpo or remix-ppo, or run.mode = both.");
    }
    if (!history.schedule().offPolicy()) {
      throw new UserError(
          key
              + "history.share = "
              + history.share()
              + ": a step trains while its policy samples only if it trains on rollouts of earlier"
              + " policies alone; set history.share = 1, with the largest staleness in"
              + " history.versions, or run.mode = both.");
    }
    if (rollout.refillRounds() > 0) {
      throw new UserError(
          key
              + "rollout.refill_rounds = "
              + rollout.refillRounds()
              + ": its batch begins with fresh groups, for which training would wait; set it to 0,"
              + " or run.mode = both.");
    }
  }

  /** A key set by hand that the mode switches off is a contradiction, not a no-op. */
  static void checkTakesEffect(SpongeConfig config, Map<String, String> overrides) {
    if (config.run().mode() != Mode.EXPLORE) {
      return;
    }
    Map<String, Object> values = config.values();
    OFF_IN_EXPLORATION.forEach(
        (key, off) -> {
          if (overrides.containsKey(key) && !values.get(key).equals(off)) {
            throw new UserError(
                key
                    + " = "
                    + overrides.get(key)
                    + " contradicts run.mode = explore, which trains nothing; remove it or set"
                    + " run.mode = both.");
          }
        });
  }
}
