package dev.sponge.jobs.config;

import dev.sponge.jobs.config.ObjectiveConfig.Loss;
import dev.sponge.rl.UserError;
import dev.sponge.rl.batch.PromptSelection.Strategy;

/** Contradictions between the keys that decide which groups train. */
final class BatchChecks {
  private BatchChecks() {}

  static void check(HistoryConfig history, RolloutConfig rollout, ObjectiveConfig objective) {
    checkShare(history, rollout);
    checkGePpo(history, objective);
    checkTruncation(rollout, history);
  }

  private static void checkShare(HistoryConfig history, RolloutConfig rollout) {
    int replayed = history.replayedGroups(rollout.promptsPerStep());
    if (replayed >= rollout.promptsPerStep() && !history.schedule().offPolicy()) {
      throw new UserError(
          "history.share = "
              + history.share()
              + " replays all "
              + rollout.promptsPerStep()
              + " groups of a step (rollout.prompts_per_step) and leaves no fresh one; lower it, or"
              + " set it to 1 to train on history alone.");
    }
  }

  private static void checkGePpo(HistoryConfig history, ObjectiveConfig objective) {
    if (history.schedule().offPolicy() && objective.loss() == Loss.GEPPO) {
      throw new UserError(
          "objective.loss = geppo contradicts history.share = 1: its weights and its band count on"
              + " fresh rollouts in every step; lower history.share or take another loss.");
    }
  }

  static void checkDifficulty(RunConfig run, HistoryConfig history, RolloutConfig rollout) {
    if (history.selection() != HistoryConfig.Selection.DIFFICULTY) {
      return;
    }
    if (run.algorithm() != RunConfig.Algorithm.REMIX_GRPO) {
      throw new UserError(
          "history.selection = difficulty contradicts run.algorithm = "
              + Choice.keyOf(run.algorithm())
              + ": it needs groups and a history; set run.algorithm = remix-grpo.");
    }
    if (rollout.groupSize() < 2) {
      throw new UserError(
          "history.selection = difficulty contradicts rollout.group_size = "
              + rollout.groupSize()
              + ": one response tells no accuracy; set it to 2 or more.");
    }
    if (history.schedule().offPolicy()) {
      throw new UserError(
          "history.selection = difficulty contradicts history.share = 1: its batch begins with fresh"
              + " groups; lower history.share (0 in the paper).");
    }
  }

  static void checkRefill(RolloutConfig rollout, HistoryConfig history, AdvantageConfig advantage) {
    String key = "rollout.refill_rounds = " + rollout.refillRounds() + " contradicts ";
    if (rollout.refillRounds() == 0) {
      return;
    }
    if (advantage.zeroVarianceGroups() != AdvantageConfig.ZeroVarianceGroups.DROP) {
      throw new UserError(
          key
              + "advantage.zero_variance_groups = keep: it replaces groups that are dropped; set"
              + " advantage.zero_variance_groups = drop or rollout.refill_rounds = 0.");
    }
    if (history.selection() == HistoryConfig.Selection.DIFFICULTY) {
      throw new UserError(
          key
              + "history.selection = difficulty, which fills the batch from the history; set"
              + " rollout.refill_rounds = 0 or history.selection = window.");
    }
  }

  static void checkSelection(RolloutConfig rollout) {
    if (rollout.promptSelection().strategy() == Strategy.SKIP_SETTLED && rollout.groupSize() < 2) {
      throw new UserError(
          "rollout.prompt_selection.strategy = skip-settled contradicts rollout.group_size = "
              + rollout.groupSize()
              + ": one response is always all right or all wrong; set it to 2 or more.");
    }
  }

  private static void checkTruncation(RolloutConfig rollout, HistoryConfig history) {
    if (rollout.sampling().truncates() && !history.allowTruncated()) {
      throw new UserError(
          "rollout.top_k = "
              + rollout.topK()
              + ", top_p = "
              + rollout.topP()
              + " and min_p = "
              + rollout.minP()
              + " cut tokens off, and rollouts of a truncated distribution train only with"
              + " history.allow_truncated = true: where the policy gives mass to what was cut off,"
              + " their importance ratios are wrong.");
    }
  }
}
