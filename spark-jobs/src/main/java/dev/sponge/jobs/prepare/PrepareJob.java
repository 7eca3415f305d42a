package dev.sponge.jobs.prepare;

import dev.sponge.datasets.Problem;
import dev.sponge.datasets.SyntheticMath;
import dev.sponge.datasets.SyntheticMathSettings;
import dev.sponge.datasets.SyntheticTokenizer;
import dev.sponge.jobs.config.DataConfig;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.rl.UserError;
import dev.sponge.rl.text.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes the prompts table, and the tokenizer of a fresh policy. */
public final class PrepareJob {
  private final RunContext run;

  public PrepareJob(RunContext run) {
    this.run = run;
  }

  /**
   * @return whether anything was missing
   */
  public boolean run() {
    Path tokenizerDirectory = run.tokenizerDirectory();
    if (run.config().model().isFresh()
        && !Files.exists(tokenizerDirectory.resolve(Tokenizer.FILE_NAME))) {
      SyntheticTokenizer.write(tokenizerDirectory);
    }
    DataConfig data = run.config().data();
    SyntheticMathSettings settings =
        new SyntheticMathSettings(
            data.seed(),
            data.trainProblems(),
            data.testProblems(),
            data.levels(),
            data.maxOperand(),
            data.maxFactor());
    List<Problem> problems = new ArrayList<>(SyntheticMath.train(settings));
    problems.addAll(SyntheticMath.test(settings));
    try (Tokenizer tokenizer = Tokenizer.load(tokenizerDirectory)) {
      List<Prompt> rows = problems.stream().map(p -> prompt(p, tokenizer)).toList();
      return run.lakehouse().prompts().append(rows).written();
    }
  }

  private Prompt prompt(Problem problem, Tokenizer tokenizer) {
    int[] ids = tokenizer.encode(problem.prompt());
    int most = run.config().rollout().maxPromptTokens();
    if (ids.length > most) {
      throw new UserError(
          "The prompt '%s' has %d tokens, rollout.max_prompt_tokens = %d; raise the key"
              .formatted(problem.prompt().strip(), ids.length, most));
    }
    return new Prompt(
        problem.promptId(),
        problem.source(),
        problem.split(),
        problem.prompt(),
        ids,
        problem.answer(),
        problem.level(),
        problem.contentHash());
  }
}
