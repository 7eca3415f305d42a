package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;
import java.util.List;

/**
 * Section {@code data}: the generated problems, how they become prompts, and the
 * demonstrations of the bootstrap.
 */
public record DataConfig(
    int trainProblems,
    int testProblems,
    List<Integer> levels,
    int maxStart,
    int maxOperand,
    int maxFactor,
    long seed,
    Style style,
    PromptFormat promptFormat,
    String systemPrompt,
    String instruction,
    double selfCheckShare,
    NoiseConfig noise) {

  private static final int MOST_OPERATIONS_OF_A_STORY = 3;

  /** The wordings of the problems. */
  public enum Style {
    /** What a fresh policy's tokenizer can write. */
    CHAIN,
    /** Word problems in plain English. */
    WORD,
    /** Reach a target from given numbers, each used once. */
    COUNTDOWN,
    /** Linear equations in x. */
    LINEAR
  }

  /** What stands around a problem. */
  public enum PromptFormat {
    /** Chat if the model directory has a chat template, else plain. */
    AUTO,
    CHAT,
    PLAIN
  }

  public DataConfig {
    Check.range("data.train_problems", trainProblems, 1, 10_000_000);
    Check.range("data.test_problems", testProblems, 1, 1_000_000);
    if (levels.isEmpty()) {
      throw Check.outOfRange("data.levels", levels, "a list of at least one level");
    }
    for (int level : levels) {
      Check.range("data.levels", level, 1, 4);
    }
    if (levels.stream().distinct().count() < levels.size()) {
      throw Check.outOfRange("data.levels", levels, "a list without repetition");
    }
    levels = List.copyOf(levels);
    if (style == Style.WORD && levels.stream().anyMatch(n -> n > MOST_OPERATIONS_OF_A_STORY)) {
      throw Check.outOfRange(
          "data.levels", levels, "a list of levels from 1 to 3 with data.style = word");
    }
    if (promptFormat == PromptFormat.PLAIN && !systemPrompt.isEmpty()) {
      throw new UserError(
          "data.system_prompt is set, but data.prompt_format = plain has no place for it; empty it"
              + " or set data.prompt_format = chat.");
    }
    Check.range("data.max_start", maxStart, 1, 99);
    Check.range("data.max_operand", maxOperand, 1, 99);
    Check.range("data.max_factor", maxFactor, 1, 9);
    Check.share("data.self_check_share", selfCheckShare);
  }
}
