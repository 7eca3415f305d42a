package dev.sponge.jobs.prepare;

import dev.sponge.datasets.Problem;
import dev.sponge.datasets.ProblemStyle;
import dev.sponge.datasets.SyntheticMath;
import dev.sponge.datasets.SyntheticMathSettings;
import dev.sponge.datasets.SyntheticTokenizer;
import dev.sponge.jobs.config.DataConfig;
import dev.sponge.jobs.run.PromptText;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunPrompts;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.jobs.table.PromptsTable;
import dev.sponge.jobs.table.Recall;
import dev.sponge.jobs.table.SqlViews;
import dev.sponge.rl.UserError;
import dev.sponge.rl.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Writes the prompts table, the tokenizer of a fresh policy and the script of the SQL views. */
public final class PrepareJob {
  private final RunContext run;

  public PrepareJob(RunContext run) {
    this.run = run;
  }

  /**
   * @return whether anything was missing
   */
  public boolean run() {
    SqlViews.write(run.lakehouse(), run.work());
    if (run.config().model().isFresh()) {
      run.makeTokenizer(SyntheticTokenizer::write);
    }
    if (run.config().data().isImported()) {
      RunPrompts.train(run); // says what is missing before a policy is made
      return false;
    }
    Path tokenizerDirectory = run.tokenizerDirectory();
    PromptText text = PromptText.of(run.config().data(), tokenizerDirectory);
    try (Tokenizer tokenizer = Tokenizer.load(tokenizerDirectory)) {
      List<Prompt> rows = remembered(problems(), text, tokenizer);
      PromptsTable table = run.lakehouse().prompts();
      checkSameFormat(table, rows);
      return table.append(rows).written();
    }
  }

  /** Rows of all problems but those that were forgotten. */
  private List<Prompt> remembered(List<Problem> problems, PromptText text, Tokenizer tokenizer) {
    Set<String> forgotten =
        run.lakehouse().recalls().read().stream()
            .map(Recall::contentHash)
            .collect(Collectors.toSet());
    return problems.stream()
        .map(problem -> prompt(problem, text, tokenizer))
        .filter(row -> !forgotten.contains(row.contentHash()))
        .toList();
  }

  private List<Problem> problems() {
    DataConfig data = run.config().data();
    SyntheticMathSettings settings =
        new SyntheticMathSettings(
            data.seed(),
            data.trainProblems(),
            data.testProblems(),
            data.levels(),
            data.maxStart(),
            data.maxOperand(),
            data.maxFactor());
    ProblemStyle style =
        switch (data.style()) {
          case CHAIN -> ProblemStyle.CHAIN;
          case WORD -> ProblemStyle.WORD;
          case COUNTDOWN -> ProblemStyle.COUNTDOWN;
          case LINEAR -> ProblemStyle.LINEAR;
        };
    List<Problem> problems = new ArrayList<>(SyntheticMath.train(settings, style));
    problems.addAll(SyntheticMath.test(settings, style));
    return problems;
  }

  private Prompt prompt(Problem problem, PromptText format, Tokenizer tokenizer) {
    String text = format.render(problem.prompt());
    int[] ids = format.encode(text, tokenizer);
    int most = run.config().rollout().maxPromptTokens();
    if (ids.length > most) {
      throw new UserError(
          "The prompt '%s' has %d tokens, rollout.max_prompt_tokens = %d; raise the key"
              .formatted(text.strip(), ids.length, most));
    }
    Problem asked =
        Problem.of(problem.source(), problem.split(), text, problem.answer(), problem.level());
    return new Prompt(
        asked.promptId(),
        problem.source(),
        problem.split(),
        text,
        ids,
        problem.answer(),
        problem.level(),
        problem.contentHash());
  }

  /** One problem in two formats would be two prompts, and a run would draw from both. */
  private static void checkSameFormat(PromptsTable table, List<Prompt> rows) {
    Map<String, String> idOfContent = new HashMap<>();
    rows.forEach(row -> idOfContent.put(row.contentHash(), row.promptId()));
    for (String split : List.of(Problem.TRAIN, Problem.TEST)) {
      for (Prompt there : table.read(split)) {
        String id = idOfContent.getOrDefault(there.contentHash(), there.promptId());
        if (!id.equals(there.promptId())) {
          throw new UserError(
              "Table prompts holds the same problems in another format (data.prompt_format,"
                  + " data.system_prompt, data.instruction or another model's chat template). Use"
                  + " another work directory.");
        }
      }
    }
  }
}
