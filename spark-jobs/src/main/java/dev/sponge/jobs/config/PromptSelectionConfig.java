package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;
import dev.sponge.rl.batch.PromptSelection;
import dev.sponge.rl.batch.PromptSelection.Strategy;

/** Section {@code rollout.prompt_selection}: which prompts of its block a step passes over. */
public record PromptSelectionConfig(
    Strategy strategy, double low, double high, int askAgainAfter, String predictions) {
  private static final String SECTION = "rollout.prompt_selection.";

  public PromptSelectionConfig {
    Check.share(SECTION + "low", low);
    Check.share(SECTION + "high", high);
    Check.range(SECTION + "ask_again_after", askAgainAfter, 1, 1_000_000);
    if (low > high) {
      throw new UserError(
          "%slow = %s exceeds %shigh = %s; swap them.".formatted(SECTION, low, SECTION, high));
    }
    if (!predictions.isEmpty() && strategy != Strategy.DIFFICULTY_BAND) {
      throw new UserError(
          "%spredictions = %s contradicts %sstrategy = %s, which uses none; set the strategy to difficulty-band or remove the predictions."
              .formatted(SECTION, predictions, SECTION, Choice.keyOf(strategy)));
    }
  }

  /** The same in the terms of core-rl. */
  public PromptSelection rule() {
    return new PromptSelection(strategy, low, high, askAgainAfter);
  }
}
