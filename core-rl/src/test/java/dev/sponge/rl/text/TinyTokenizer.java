package dev.sponge.rl.text;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A tokenizer of one token per character that tests write in milliseconds: PAD 0, EOS 1, unknown 2,
 * then digits, "+", "=" and newline; 16 ids.
 */
public final class TinyTokenizer {
  /** Ids 3 to 15. */
  public static final String ALPHABET = "0123456789+=\n";

  private TinyTokenizer() {}

  /** Writes tokenizer.json, tokenizer_config.json and special_tokens_map.json. */
  public static Path write(Path dir) throws IOException {
    Files.createDirectories(dir);
    Files.writeString(dir.resolve("tokenizer.json"), tokenizerJson().toString());
    JsonObject special = new JsonObject();
    special.addProperty("eos_token", "<eos>");
    special.addProperty("pad_token", "<pad>");
    Files.writeString(dir.resolve("special_tokens_map.json"), special.toString());
    special.addProperty("tokenizer_class", "PreTrainedTokenizerFast");
    Files.writeString(dir.resolve("tokenizer_config.json"), special.toString());
    return dir;
  }

  private static JsonObject tokenizerJson() {
    JsonArray added = new JsonArray();
    JsonObject vocabulary = new JsonObject();
    for (String token : List.of("<pad>", "<eos>", "<unk>")) {
      JsonObject entry = new JsonObject();
      entry.addProperty("id", added.size());
      entry.addProperty("content", token);
      for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized")) {
        entry.addProperty(flag, false);
      }
      entry.addProperty("special", true);
      vocabulary.addProperty(token, added.size());
      added.add(entry);
    }
    ALPHABET.chars().forEach(c -> vocabulary.addProperty(Character.toString(c), vocabulary.size()));

    JsonObject model = new JsonObject();
    model.addProperty("type", "WordLevel");
    model.add("vocab", vocabulary);
    model.addProperty("unk_token", "<unk>");
    JsonObject pattern = new JsonObject();
    pattern.addProperty("Regex", "[\\s\\S]");
    JsonObject split = new JsonObject();
    split.addProperty("type", "Split");
    split.add("pattern", pattern);
    split.addProperty("behavior", "Isolated");
    split.addProperty("invert", false);
    JsonObject fuse = new JsonObject();
    fuse.addProperty("type", "Fuse");

    JsonObject json = new JsonObject();
    json.addProperty("version", "1.0");
    json.add("added_tokens", added);
    json.add("pre_tokenizer", split);
    json.add("decoder", fuse);
    json.add("model", model);
    return json;
  }
}
