package dev.sponge.jobs.run;

import dev.sponge.jobs.table.Prompt;
import dev.sponge.rl.text.Tokenizer;
import java.nio.file.Path;

/**
 * Turns imported problems into what a run's policy sees: template, system prompt and instruction
 * around them, and token ids. Generated prompts stand in the table like that and stay as they are.
 * Loads the tokenizer when the first imported prompt comes. For one thread.
 */
public final class PromptRenderer implements AutoCloseable {
  private final RunContext run;
  private Tokenizer tokenizer;
  private PromptText text;

  public PromptRenderer(RunContext run) {
    this.run = run;
  }

  /** The prompt with the text that the policy continues, and its tokens. */
  public Prompt rendered(Prompt prompt) {
    if (!prompt.isRaw()) {
      return prompt;
    }
    if (tokenizer == null) {
      Path directory = run.tokenizerDirectory();
      text = PromptText.of(run.config().data(), directory);
      tokenizer = Tokenizer.load(directory);
    }
    String asked = text.render(prompt.prompt());
    return prompt.rendered(asked, text.encode(asked, tokenizer));
  }

  /** Whether a rendered prompt keeps within rollout.max_prompt_tokens. */
  public boolean fits(Prompt rendered) {
    return rendered.promptIds().length <= run.config().rollout().maxPromptTokens();
  }

  @Override
  public void close() {
    if (tokenizer != null) {
      tokenizer.close();
      tokenizer = null;
    }
  }
}
