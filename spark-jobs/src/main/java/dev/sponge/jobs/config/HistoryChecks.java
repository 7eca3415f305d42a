package dev.sponge.jobs.config;

import dev.sponge.jobs.config.HistoryConfig.Selection;
import dev.sponge.jobs.config.HistoryConfig.Selector;
import dev.sponge.rl.UserError;

/** Contradictions between the keys that choose among the groups of the history. */
final class HistoryChecks {
  private HistoryChecks() {}

  static void check(
      HistoryConfig history,
      RolloutConfig rollout,
      TrainingConfig training,
      ReincarnationConfig reincarnation) {
    checkChoice(history);
    checkPriority(history, rollout);
    checkUses(history, rollout, training, reincarnation);
  }

  /** What chooses among the groups of the window needs a window, and the choice. */
  private static void checkChoice(HistoryConfig history) {
    String key = choice(history);
    if (history.selection() == Selection.DIFFICULTY) {
      String refused = history.autoShare().isPresent() ? "history.share = auto" : key;
      if (!refused.isEmpty()) {
        throw new UserError(
            refused
                + " contradicts history.selection = difficulty, which chooses the replayed groups by"
                + " their accuracy and until the batch is full; remove it or set history.selection ="
                + " window.");
      }
    } else if (history.largestShare() == 0) {
      String refused = key.isEmpty() && history.maxLag() > 0 ? "history.max_lag" : key;
      if (!refused.isEmpty()) {
        throw new UserError(
            refused
                + " contradicts history.share = "
                + history.share()
                + ": nothing is replayed, so there is nothing to choose from; remove it or raise"
                + " history.share.");
      }
    }
  }

  /** The first key that chooses among the groups of the window; empty for none. */
  private static String choice(HistoryConfig history) {
    if (history.selector() != Selector.UNIFORM) {
      return "history.selector = " + Choice.keyOf(history.selector());
    }
    if (history.eligible().used()) {
      return "history.eligible";
    }
    return history.tokenBudget() > 0 ? "history.token_budget = " + history.tokenBudget() : "";
  }

  private static void checkPriority(HistoryConfig history, RolloutConfig rollout) {
    PriorityConfig priority = history.priority();
    if (history.selector() != Selector.PRIORITY) {
      return;
    }
    if (priority.advantage() != 0 && rollout.groupSize() < 2) {
      throw new UserError(
          "history.priority.advantage = "
              + priority.advantage()
              + " contradicts rollout.group_size = "
              + rollout.groupSize()
              + ": one response has no distance to the mean of its group; set it to 0, or"
              + " rollout.group_size to 2 or more.");
    }
    boolean flat =
        priority.reward() == 0
            && priority.advantage() == 0
            && priority.age() == 0
            && priority.use() == 0
            && priority.noise() == 0;
    if (flat) {
      throw new UserError(
          "history.selector = priority scores every group 0: all weights of history.priority are 0;"
              + " raise one, or set history.selector = uniform.");
    }
  }

  private static void checkUses(
      HistoryConfig history,
      RolloutConfig rollout,
      TrainingConfig training,
      ReincarnationConfig reincarnation) {
    if (history.maxUses() == 0) {
      return;
    }
    String key = "history.max_uses = " + history.maxUses();
    if (history.maxUses() < training.passes()) {
      throw new UserError(
          key
              + " is below training.passes = "
              + training.passes()
              + ": a fresh rollout trains that often in its own step; raise the first or lower the"
              + " second.");
    }
    if (reincarnation.at().isPresent() && history.maxUses() < reincarnation.passesAfter()) {
      throw new UserError(
          key
              + " is below reincarnation.passes_after = "
              + reincarnation.passesAfter()
              + ": a fresh rollout trains that often in its own step; raise the first or lower the"
              + " second.");
    }
    boolean trainedWhenFresh =
        history.selection() == Selection.WINDOW
            && history.largestShare() > 0
            && !history.schedule().offPolicy()
            && rollout.refillRounds() == 0;
    if (trainedWhenFresh && history.maxUses() < 2 * training.passes()) {
      throw new UserError(
          key
              + " leaves nothing to replay with training.passes = "
              + training.passes()
              + ": a rollout has trained "
              + training.passes()
              + " times in its own step and would train as often again; raise it to "
              + 2 * training.passes()
              + " or more, or set history.share = 0.");
    }
  }
}
