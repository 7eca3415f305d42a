package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;

/** Which prompts a policy can be asked, and whether there are enough of them. */
final class DataChecks {
  private DataChecks() {}

  static void check(
      PolicyConfig model, DataConfig data, RolloutConfig rollout, EvaluationConfig evaluation) {
    checkPrompts(model, data);
    checkProblems(data, rollout, evaluation);
  }

  /** A fresh policy knows the words of the chain problems and no template. */
  private static void checkPrompts(PolicyConfig model, DataConfig data) {
    boolean plainChain =
        data.style() == DataConfig.Style.CHAIN
            && data.promptFormat() != DataConfig.PromptFormat.CHAT
            && data.instruction().isEmpty()
            && data.systemPrompt().isEmpty()
            && data.template() == DataConfig.Template.NONE
            && !data.isImported();
    if (model.isFresh() && !plainChain) {
      throw new UserError(
          "Another data.style than chain, data.prompt_format = chat, data.instruction,"
              + " data.system_prompt, data.template and data.sources need a model that knows English; give a model directory with --model DIR"
              + " (model.dir).");
    }
  }

  private static void checkProblems(
      DataConfig data, RolloutConfig rollout, EvaluationConfig evaluation) {
    if (data.isImported()) {
      return; // The table tells how many there are.
    }
    if (rollout.promptsPerStep() > data.trainProblems()) {
      throw new UserError(
          "rollout.prompts_per_step = "
              + rollout.promptsPerStep()
              + " exceeds data.train_problems = "
              + data.trainProblems()
              + "; a step uses each problem at most once.");
    }
    if (evaluation.problems() > data.testProblems()) {
      throw new UserError(
          "evaluation.problems = "
              + evaluation.problems()
              + " exceeds data.test_problems = "
              + data.testProblems()
              + "; lower the first or raise the second.");
    }
  }
}
