package dev.sponge.jobs.inference;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import dev.sponge.jobs.config.EngineConfig;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import dev.sponge.rl.model.CausalLm;
import dev.sponge.rl.model.CausalLm.Scored;
import dev.sponge.rl.model.ModelConfig;
import dev.sponge.rl.model.TokenSequence;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;

/**
 * Log-probs of given tokens: a JSON array of ids a line in, a JSON array with the natural log-prob
 * of every id after the first a line out, in the same order, at temperature 1.
 */
public final class LogprobsJob {
  /** Tokens of a forward pass, padding included. */
  private static final int BATCH_TOKENS = 4096;

  private final Path model;
  private final EngineConfig engine;

  public LogprobsJob(Path model, EngineConfig engine) {
    this.model = model;
    this.engine = engine;
  }

  /** T ids of a line; the first stands for the prompt. */
  private record Line(int[] ids, int number) implements TokenSequence {
    @Override
    public int[] promptIds() {
      return new int[] {ids[0]};
    }

    @Override
    public int[] responseIds() {
      return java.util.Arrays.copyOfRange(ids, 1, ids.length);
    }

    @Override
    public double temperature() {
      return 1;
    }
  }

  /**
   * Writes the output whole or not at all.
   *
   * @return lines
   * @throws UserError naming file and line of input that cannot be scored
   */
  public int run(Path input, Path output) {
    ModelConfig config = ModelConfig.read(model.resolve(ModelConfig.FILE_NAME));
    List<Line> lines = read(input, config);
    String[] results = new String[lines.size()];
    try (LoadedModel loaded = LoadedModel.open(model, engine)) {
      for (List<Line> batch : batches(lines)) {
        score(loaded.model(), batch, input, results);
      }
    }
    write(output, results);
    return results.length;
  }

  private static List<Line> read(Path input, ModelConfig config) {
    List<String> texts;
    try {
      texts = Files.readAllLines(input);
    } catch (CharacterCodingException e) {
      throw new UserError(input + " is not UTF-8 text; write one JSON array of ids a line.", e);
    } catch (IOException e) {
      throw new UserError("The input " + input + " cannot be read (" + e + "); see --input.", e);
    }
    List<Line> lines = new ArrayList<>(texts.size());
    for (int i = 0; i < texts.size(); i++) {
      try {
        lines.add(new Line(ids(texts.get(i), config), i + 1));
      } catch (IllegalArgumentException e) {
        throw new UserError(input + " line " + (i + 1) + ": " + e.getMessage() + ".", e);
      }
    }
    return lines;
  }

  private static int[] ids(String text, ModelConfig config) {
    JsonElement json = parse(text);
    if (!json.isJsonArray() || json.getAsJsonArray().isEmpty()) {
      throw new IllegalArgumentException("must be a JSON array of at least one token id");
    }
    int[] ids = new int[json.getAsJsonArray().size()];
    if (ids.length > config.maxPositionEmbeddings()) {
      throw new IllegalArgumentException(
          ids.length
              + " tokens exceed the model's "
              + config.maxPositionEmbeddings()
              + " positions (max_position_embeddings)");
    }
    for (int i = 0; i < ids.length; i++) {
      String id = json.getAsJsonArray().get(i).toString();
      if (!id.matches("\\d{1,9}")) {
        throw new IllegalArgumentException(id + " is not a token id, an integer from 0");
      }
      ids[i] = Integer.parseInt(id);
      if (ids[i] >= config.vocabSize()) {
        throw new IllegalArgumentException(
            "token id " + id + " is not below vocab_size = " + config.vocabSize());
      }
    }
    return ids;
  }

  private static JsonElement parse(String text) {
    try {
      JsonReader reader = new JsonReader(new StringReader(text));
      reader.setStrictness(Strictness.STRICT);
      JsonElement json = JsonParser.parseReader(reader);
      if (text.isBlank() || reader.peek() != JsonToken.END_DOCUMENT) {
        throw new IllegalArgumentException("holds something else than one JSON array");
      }
      return json;
    } catch (JsonParseException | IOException e) {
      // Gson adds a second line with a web address.
      String cause = e.getMessage().lines().findFirst().orElse("");
      throw new IllegalArgumentException("is not JSON (" + cause + ")", e);
    }
  }

  /** Lines of like length together, the longest first: what does not fit fails at once. */
  private static List<List<Line>> batches(List<Line> lines) {
    List<Line> sorted = new ArrayList<>(lines);
    sorted.sort(Comparator.comparing((Line line) -> line.ids().length).reversed());
    List<List<Line>> batches = new ArrayList<>();
    for (int from = 0; from < sorted.size(); ) {
      int rows = Math.max(1, BATCH_TOKENS / sorted.get(from).ids().length);
      int to = Math.min(sorted.size(), from + rows);
      batches.add(sorted.subList(from, to));
      from = to;
    }
    return batches;
  }

  private static void score(CausalLm model, List<Line> batch, Path input, String[] results) {
    // One id alone has nothing to score.
    batch.stream().filter(l -> l.ids().length == 1).forEach(l -> results[l.number() - 1] = "[]");
    List<Line> scored = batch.stream().filter(line -> line.ids().length > 1).toList();
    if (scored.isEmpty()) {
      return;
    }
    List<Scored> scores = model.score(scored, scored.size());
    for (int i = 0; i < scored.size(); i++) {
      int number = scored.get(i).number();
      StringBuilder text = new StringBuilder("[");
      for (float logprob : scores.get(i).logprobs()) {
        if (!Float.isFinite(logprob)) {
          throw new SpongeException(
              "The model gives " + logprob + " to a token of " + input + " line " + number);
        }
        text.append(text.length() > 1 ? ", " : "").append(logprob);
      }
      results[number - 1] = text.append(']').toString();
    }
  }

  private static void write(Path output, String[] lines) {
    Path target = output.toAbsolutePath();
    Path temporary =
        target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      try {
        Files.write(temporary, List.of(lines));
        Files.move(
            temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw new SpongeException("The output " + output + " cannot be written: " + e, e);
    }
  }
}
