package dev.sponge.rl.text;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import dev.sponge.rl.text.jinja.JinjaException;
import dev.sponge.rl.text.jinja.JinjaTemplate;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The chat template of a model directory: turns a conversation into the text its model was trained
 * on, byte for byte as transformers' {@code apply_chat_template(tokenize=False)} without tools.
 *
 * <p>The template is {@code chat_template.jinja} if the directory has one, else {@code
 * chat_template} of {@code tokenizer_config.json}: a string, or a list of named ones of which
 * {@code default} counts. It may come from anywhere: it sees the messages and the special tokens
 * and nothing else, and what loops, grows or recurses without bound fails. Immutable and
 * thread-safe.
 */
public final class ChatTemplate {
  /** A template in a file of its own. */
  public static final String FILE_NAME = "chat_template.jinja";

  private static final String KEY = "chat_template";
  private static final String DEFAULT_NAME = "default";
  private static final List<String> SPECIAL_TOKENS =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  private final String origin;
  private final JinjaTemplate template;
  private final Map<String, Object> specialTokens;
  private final Clock clock;

  private ChatTemplate(
      String origin, JinjaTemplate template, Map<String, Object> specialTokens, Clock clock) {
    this.origin = origin;
    this.template = template;
    this.specialTokens = specialTokens;
    this.clock = clock;
  }

  /**
   * The template of a directory, empty if it has none. Templates that write the date take today's.
   *
   * @throws UserError when a file is broken or the template cannot be read
   */
  public static Optional<ChatTemplate> of(Path dir) {
    return of(dir, Clock.system(ZoneId.systemDefault()));
  }

  /**
   * The template of a directory, empty if it has none.
   *
   * @param clock what templates that write the date take for the present
   * @throws UserError when a file is broken or the template cannot be read
   */
  public static Optional<ChatTemplate> of(Path dir, Clock clock) {
    Path configFile = dir.resolve(Tokenizer.CONFIG_FILE_NAME);
    Path file = dir.resolve(FILE_NAME);
    JsonObject config =
        Files.isRegularFile(configFile) ? TokenizerFiles.readConfig(configFile) : new JsonObject();
    boolean own = Files.isRegularFile(file);
    Optional<String> source = own ? Optional.of(read(file)) : source(config.get(KEY), configFile);
    String origin = own ? file.toString() : configFile + ": " + KEY;
    return source.map(text -> parse(origin, text, specialTokens(config), clock));
  }

  private static ChatTemplate parse(
      String origin, String source, Map<String, Object> specialTokens, Clock clock) {
    try {
      return new ChatTemplate(origin, JinjaTemplate.parse(source), specialTokens, clock);
    } catch (JinjaException e) {
      throw new UserError(
          origin + " is not a chat template that can be used: " + e.getMessage() + "; correct it",
          e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new UserError(file + " is not UTF-8 text; save it again", e);
    } catch (IOException e) {
      throw new SpongeException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static Optional<String> source(JsonElement value, Path configFile) {
    if (value == null || value.isJsonNull()) {
      return Optional.empty();
    } else if (isString(value)) {
      return Optional.of(value.getAsString());
    } else if (value.isJsonArray()) {
      return Optional.of(named(value.getAsJsonArray(), configFile));
    }
    throw new UserError(
        configFile + ": " + KEY + " must be a string or a list of {name, template}");
  }

  private static String named(JsonArray templates, Path configFile) {
    for (JsonElement element : templates) {
      if (element.isJsonObject()
          && isString(element.getAsJsonObject().get("name"))
          && isString(element.getAsJsonObject().get("template"))
          && element.getAsJsonObject().get("name").getAsString().equals(DEFAULT_NAME)) {
        return element.getAsJsonObject().get("template").getAsString();
      }
    }
    throw new UserError(
        configFile + ": " + KEY + " is a list without a {name, template} named " + DEFAULT_NAME);
  }

  private static boolean isString(JsonElement value) {
    return value != null && value.isJsonPrimitive() && value.getAsJsonPrimitive().isString();
  }

  private static Map<String, Object> specialTokens(JsonObject config) {
    Map<String, Object> tokens = new HashMap<>();
    for (String key : SPECIAL_TOKENS) {
      TokenizerFiles.specialToken(config, key).ifPresent(token -> tokens.put(key, token));
    }
    return tokens;
  }

  /**
   * The text of a conversation.
   *
   * @param addGenerationPrompt whether the opening of the model's answer follows
   * @throws UserError when the template refuses the conversation, fails, or does not end
   */
  public String render(List<ChatMessage> messages, boolean addGenerationPrompt) {
    List<Map<String, Object>> turns = messages.stream().map(ChatTemplate::variables).toList();
    Map<String, Object> variables = new HashMap<>(specialTokens);
    variables.put("messages", turns);
    variables.put("tools", null);
    variables.put("documents", null);
    variables.put("add_generation_prompt", addGenerationPrompt);
    try {
      return template.render(variables, LocalDateTime.now(clock));
    } catch (JinjaException e) {
      throw new UserError(
          origin + " fails on a conversation of " + roles(messages) + ": " + e.getMessage(), e);
    }
  }

  private static Map<String, Object> variables(ChatMessage message) {
    Map<String, Object> variables = new LinkedHashMap<>();
    variables.put("role", message.role());
    variables.put("content", message.content());
    return variables;
  }

  private static String roles(List<ChatMessage> messages) {
    int shown = 6;
    List<String> roles = messages.stream().map(ChatMessage::role).limit(shown).toList();
    return String.join(", ", roles) + (messages.size() > shown ? ", ..." : "");
  }
}
