package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;
import dev.sponge.rl.batch.PromptSelection.Strategy;
import java.util.LinkedHashMap;
import java.util.Map;

/** Contradictions around training on the rollouts of another run. */
final class ReuseChecks {
  private ReuseChecks() {}

  /** What decides which groups train. */
  record Batch(HistoryConfig history, RolloutConfig rollout, ObjectiveConfig objective) {}

  static void check(RunConfig run, OfflineConfig offline, WarmStartConfig warm, Batch batch) {
    if (offline.isOn()) {
      checkOffline(run, offline, batch);
    }
    if (warm.isOn()) {
      checkWarmStart(run, warm, batch.history());
    }
    if (offline.isOn() && warm.isOn()) {
      throw new UserError(
          "offline.run = "
              + offline.run()
              + " contradicts warm_start.run = "
              + warm.run()
              + "; give one of the two.");
    }
  }

  private static void checkOffline(RunConfig run, OfflineConfig offline, Batch batch) {
    String key = "offline.run = " + offline.run() + " contradicts ";
    if (offline.run().equals(run.name())) {
      throw new UserError(
          key + "run.name, which is the same run; give the new run another name with --run NAME.");
    }
    if (batch.history().selection() != HistoryConfig.Selection.WINDOW) {
      throw new UserError(
          key
              + "history.selection = "
              + Choice.keyOf(batch.history().selection())
              + ", which chooses among rollouts of the run itself; set it to window.");
    }
    if (batch.rollout().refillRounds() > 0) {
      throw new UserError(
          key
              + "rollout.refill_rounds = "
              + batch.rollout().refillRounds()
              + ": no rollout is sampled; set it to 0.");
    }
    Strategy strategy = batch.rollout().promptSelection().strategy();
    if (strategy != Strategy.UNIFORM) {
      throw new UserError(
          key
              + "rollout.prompt_selection.strategy = "
              + Choice.keyOf(strategy)
              + ": no prompt is asked; set it to uniform.");
    }
    if (batch.objective().loss() == ObjectiveConfig.Loss.GEPPO) {
      throw new UserError(
          key
              + "objective.loss = geppo: its weights and its band count on fresh rollouts in every"
              + " step; take another loss.");
    }
  }

  private static void checkWarmStart(RunConfig run, WarmStartConfig warm, HistoryConfig history) {
    String key = "warm_start.run = " + warm.run() + " contradicts ";
    if (warm.run().equals(run.name())) {
      throw new UserError(
          key + "run.name, which is the same run; give the new run another name with --run NAME.");
    }
    if (history.largestShare() == 0) {
      throw new UserError(
          key
              + "history.share = 0 (which run.algorithm = grpo and ppo fix): nothing is replayed;"
              + " raise the share.");
    }
    if (history.selection() != HistoryConfig.Selection.WINDOW) {
      throw new UserError(
          key
              + "history.selection = "
              + Choice.keyOf(history.selection())
              + ", which compares the accuracy of the run's own versions; set it to window.");
    }
  }

  /** Keys that offline training fixes, with the fixed value: they are about fresh rollouts. */
  static Map<String, Object> fixedBy(OfflineConfig offline) {
    Map<String, Object> fixed = new LinkedHashMap<>();
    if (offline.isOn()) {
      fixed.put("history.share", 0.0);
      fixed.put("reincarnation.step", 0);
    }
    return fixed;
  }
}
