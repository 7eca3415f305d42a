package dev.sponge.jobs.run;

import dev.sponge.jobs.config.DataConfig;
import dev.sponge.rl.UserError;
import dev.sponge.rl.text.ChatMessage;
import dev.sponge.rl.text.ChatTemplate;
import dev.sponge.rl.text.Tokenizer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Turns a problem into the text that the policy continues.
 *
 * @param template empty for the plain format
 */
public record PromptText(Optional<ChatTemplate> template, String systemPrompt, String instruction) {
  /** Templates that write the date write this one: a run's prompts do not depend on the day. */
  private static final Clock DAY =
      Clock.fixed(Instant.parse("2024-07-26T00:00:00Z"), ZoneOffset.UTC);

  /**
   * @throws UserError if the chat format is asked for and the model directory has no template
   */
  public static PromptText of(DataConfig data, Path modelDirectory) {
    Optional<ChatTemplate> template =
        switch (data.promptFormat()) {
          case AUTO -> ChatTemplate.of(modelDirectory, DAY);
          case CHAT -> Optional.of(required(modelDirectory));
          case PLAIN -> Optional.empty();
        };
    if (template.isEmpty() && !data.systemText().isEmpty()) {
      throw new UserError(
          data.systemKey()
              + " is set, but "
              + modelDirectory
              + " has no chat template to put a system prompt into; empty it.");
    }
    return new PromptText(template, data.systemText(), data.instructionText());
  }

  private static ChatTemplate required(Path modelDirectory) {
    return ChatTemplate.of(modelDirectory, DAY)
        .orElseThrow(
            () ->
                new UserError(
                    "data.prompt_format = chat, but "
                        + modelDirectory
                        + " has no chat template (chat_template.jinja, or chat_template of"
                        + " tokenizer_config.json); set data.prompt_format = plain."));
  }

  /** The text that the policy continues. */
  public String render(String problem) {
    if (template.isEmpty()) {
      return instruction.isEmpty() ? problem : problem.strip() + "\n" + instruction + "\n";
    }
    List<ChatMessage> messages = new ArrayList<>();
    if (!systemPrompt.isEmpty()) {
      messages.add(new ChatMessage(ChatMessage.SYSTEM, systemPrompt));
    }
    String question = problem.strip();
    messages.add(
        ChatMessage.user(instruction.isEmpty() ? question : question + "\n" + instruction));
    return template.get().render(messages, true);
  }

  /** A template spells its special tokens; around plain text the tokenizer puts its own. */
  public int[] encode(String text, Tokenizer tokenizer) {
    return template.isPresent() ? tokenizer.encode(text) : tokenizer.encodePlain(text);
  }
}
