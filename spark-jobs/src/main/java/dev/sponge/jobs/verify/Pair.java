package dev.sponge.jobs.verify;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import dev.sponge.jobs.verify.BoundedLines.Line;
import dev.sponge.rl.UserError;
import dev.sponge.rl.reward.Golds;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;

/**
 * A gold answer and what is compared with it.
 *
 * @param gold as {@link Golds} writes one or several
 * @param text an answer or a response
 * @param response whether the answer is to be found in the text
 */
record Pair(String gold, String text, boolean response) {
  /**
   * Reads {@code {"gold","answer"}} or {@code {"gold","response"}}. Texts may be JSON numbers, and
   * the gold answer an array of several; other fields are left alone.
   *
   * @throws UserError naming the line
   */
  static Pair of(Line line) {
    JsonObject object = object(line);
    boolean response = object.has("response");
    if (response == object.has("answer")) {
      throw fault(
          line,
          response
              ? "has both \"answer\" and \"response\""
              : "has no \"answer\" and no \"response\"");
    }
    String text = text(line, response ? "response" : "answer", object);
    if (!(object.get("gold") instanceof JsonArray array)) {
      return new Pair(text(line, "gold", object), text, response);
    }
    List<String> golds = new ArrayList<>();
    for (JsonElement item : array) {
      golds.add(text(line, "gold", item));
    }
    if (golds.isEmpty()) {
      throw fault(line, "has an empty array as \"gold\"");
    }
    return new Pair(Golds.text(golds), text, response);
  }

  private static JsonObject object(Line line) {
    try (JsonReader reader = new JsonReader(new StringReader(line.text()))) {
      reader.setStrictness(Strictness.STRICT);
      JsonElement element = JsonParser.parseReader(reader);
      if (element.isJsonObject() && reader.peek() == JsonToken.END_DOCUMENT) {
        return element.getAsJsonObject();
      }
      throw fault(line, "is no JSON object");
    } catch (IOException | JsonParseException e) {
      throw fault(line, "is no JSON object");
    }
  }

  private static String text(Line line, String field, JsonObject object) {
    if (!object.has(field)) {
      throw fault(line, "has no \"" + field + "\"");
    }
    return text(line, field, object.get(field));
  }

  private static String text(Line line, String field, JsonElement element) {
    if (element instanceof JsonPrimitive value && !value.isBoolean()) {
      return value.getAsString();
    }
    throw fault(line, "has a \"" + field + "\" that is no text");
  }

  private static UserError fault(Line line, String what) {
    return new UserError(
        "Line %d %s; each line is {\"gold\":\"...\",\"answer\":\"...\"}, or \"response\" for \"answer\"."
            .formatted(line.number(), what));
  }
}
