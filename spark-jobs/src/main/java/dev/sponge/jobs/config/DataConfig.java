package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;
import java.util.List;

/**
 * Section {@code data}: the generated problems, how they become prompts, and the demonstrations of
 * the bootstrap.
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
    Template template,
    List<String> sources,
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

  /** A system prompt and an instruction that models were trained with, or that lead to a box. */
  public enum Template {
    /** data.system_prompt and data.instruction as they are. */
    NONE("", ""),
    /** An instruction for any model. */
    BOXED("", "Put your final answer in \\boxed{}."),
    /** DeepScaleR's instruction, without a system prompt. */
    DEEPSCALER("", "Let's think step by step and output the final answer within \\boxed{}."),
    /** The system prompt of Qwen2.5-Math. */
    QWEN_MATH("Please reason step by step, and put your final answer within \\boxed{}.", ""),
    /** The instruction of models distilled from DeepSeek-R1, without a system prompt. */
    R1_DISTILL("", "Please reason step by step, and put your final answer within \\boxed{}.");

    private final String systemPrompt;
    private final String instruction;

    Template(String systemPrompt, String instruction) {
      this.systemPrompt = systemPrompt;
      this.instruction = instruction;
    }
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
    if (template != Template.NONE && !(systemPrompt.isEmpty() && instruction.isEmpty())) {
      throw new UserError(
          "data.template = "
              + Choice.keyOf(template)
              + " brings system prompt and instruction, and contradicts data.system_prompt and"
              + " data.instruction; empty these, or set data.template = none.");
    }
    if (promptFormat == PromptFormat.PLAIN
        && !(systemPrompt.isEmpty() && template.systemPrompt.isEmpty())) {
      throw new UserError(
          systemKey(template)
              + " is set, but data.prompt_format = plain has no place for a system prompt; empty it"
              + " or set data.prompt_format = chat.");
    }
    if (sources.stream().anyMatch(String::isBlank)
        || sources.stream().distinct().count() < sources.size()) {
      throw Check.outOfRange("data.sources", sources, "a list of names without repetition");
    }
    sources = List.copyOf(sources);
    Check.range("data.max_start", maxStart, 1, 99);
    Check.range("data.max_operand", maxOperand, 1, 99);
    Check.range("data.max_factor", maxFactor, 1, 9);
    Check.share("data.self_check_share", selfCheckShare);
  }

  private static String systemKey(Template template) {
    return template == Template.NONE
        ? "data.system_prompt"
        : "data.template = " + Choice.keyOf(template);
  }

  /** The key that {@link #systemText} comes from. */
  public String systemKey() {
    return systemKey(template);
  }

  /** What a chat begins with; empty without. */
  public String systemText() {
    return template == Template.NONE ? systemPrompt : template.systemPrompt;
  }

  /** What follows each problem; empty without. */
  public String instructionText() {
    return template == Template.NONE ? instruction : template.instruction;
  }

  /** Whether training draws from imported prompts and none are generated. */
  public boolean isImported() {
    return !sources.isEmpty();
  }
}
