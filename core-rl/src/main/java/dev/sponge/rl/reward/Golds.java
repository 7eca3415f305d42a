package dev.sponge.rl.reward;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;

/**
 * The accepted answers of one problem, as they stand in one text: a JSON array of strings, any of
 * which will do, such as {@code ["0.01","0.02"]}, or else the one gold answer itself.
 */
public final class Golds {
  private Golds() {}

  /** The accepted answers, at least one. An array of other things than strings is one answer. */
  public static List<String> of(String text) {
    String stripped = text.strip();
    if (!stripped.startsWith("[") || !stripped.endsWith("]") || stripped.indexOf('"') < 0) {
      return List.of(text);
    }
    List<String> golds = new ArrayList<>();
    // A gold answer is LaTeX more often than JSON: what is not strictly JSON is no array.
    try (JsonReader reader = new JsonReader(new StringReader(stripped))) {
      reader.setStrictness(Strictness.STRICT);
      JsonElement element = JsonParser.parseReader(reader);
      if (!element.isJsonArray() || reader.peek() != JsonToken.END_DOCUMENT) {
        return List.of(text);
      }
      for (JsonElement item : element.getAsJsonArray()) {
        if (!item.isJsonPrimitive() || !item.getAsJsonPrimitive().isString()) {
          return List.of(text);
        }
        golds.add(item.getAsString());
      }
    } catch (IOException | JsonParseException e) {
      return List.of(text);
    }
    return golds.isEmpty() ? List.of(text) : List.copyOf(golds);
  }

  /**
   * The text that {@link #of} reads back.
   *
   * @param golds at least one
   */
  public static String text(List<String> golds) {
    if (golds.isEmpty()) {
      throw new IllegalArgumentException("no gold answer");
    }
    if (golds.size() == 1 && of(golds.get(0)).equals(golds)) {
      return golds.get(0);
    }
    JsonArray array = new JsonArray();
    golds.forEach(array::add);
    return array.toString();
  }
}
