package dev.sponge.jobs.config;

import dev.sponge.jobs.config.RewardConfig.Verifier;
import dev.sponge.rl.UserError;

/** Which problems a verifier can judge, and what a verifier that is a service cannot go with. */
final class RewardChecks {
  private static final int LARGEST_LEVEL_OF_INTEGERS = 2;

  private RewardChecks() {}

  /** What the gold answers of generated problems are. */
  private enum Answers {
    INTEGERS("integers"),
    FRACTIONS("fractions from level 3 on"),
    EXPRESSIONS("expressions over given numbers");

    private final String words;

    Answers(String words) {
      this.words = words;
    }
  }

  static void check(DataConfig data, RewardConfig reward, RolloutConfig rollout) {
    if (!data.isImported()) {
      checkGenerated(data, reward);
    }
    if (reward.verifier() == Verifier.HTTP && rollout.refillRounds() > 0) {
      throw new UserError(
          "rollout.refill_rounds = "
              + rollout.refillRounds()
              + " contradicts reward.verifier = http: what is sampled would depend on a service that"
              + " may answer otherwise when a stage is repeated; set it to 0.");
    }
  }

  private static void checkGenerated(DataConfig data, RewardConfig reward) {
    Answers answers = answers(data);
    boolean judged =
        switch (reward.verifier()) {
          case BOXED_INTEGER, FINAL_INTEGER -> answers == Answers.INTEGERS;
          case MATH, MATH_VERIFY, DEEPSCALER, EXACT_MATCH, NUMERIC ->
              answers != Answers.EXPRESSIONS;
          case COUNTDOWN -> answers == Answers.EXPRESSIONS;
          case MULTIPLE_CHOICE -> false;
          case HTTP -> true;
        };
    if (!judged && !data.isImported()) {
      throw new UserError(
          "reward.verifier = "
              + Choice.keyOf(reward.verifier())
              + " cannot judge the problems of data.style = "
              + Choice.keyOf(data.style())
              + ", whose answers are "
              + answers.words
              + (answers == Answers.EXPRESSIONS
                  ? "; set reward.verifier = countdown."
                  : "; set another reward.verifier or data.style, or ask imported prompts with data.sources."));
    }
  }

  private static Answers answers(DataConfig data) {
    return switch (data.style()) {
      case CHAIN, WORD -> Answers.INTEGERS;
      case COUNTDOWN -> Answers.EXPRESSIONS;
      case LINEAR ->
          data.levels().stream().allMatch(level -> level <= LARGEST_LEVEL_OF_INTEGERS)
              ? Answers.INTEGERS
              : Answers.FRACTIONS;
    };
  }
}
