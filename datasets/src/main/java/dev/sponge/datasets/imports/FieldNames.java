package dev.sponge.datasets.imports;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Under which names a data set keeps what a prompt is made of; of several the first that a row has.
 * A name with dots leads into nested objects.
 */
record FieldNames(
    List<String> problem,
    List<String> answer,
    List<String> id,
    List<String> difficulty,
    List<String> subject) {

  /** These names, and in place of some of them those of the user. */
  FieldNames with(Map<String, String> chosen) {
    return new FieldNames(
        chosen(chosen, "problem", problem),
        chosen(chosen, "answer", answer),
        chosen(chosen, "id", id),
        chosen(chosen, "difficulty", difficulty),
        chosen(chosen, "subject", subject));
  }

  private static List<String> chosen(Map<String, String> chosen, String role, List<String> usual) {
    return chosen.containsKey(role) ? List.of(chosen.get(role)) : usual;
  }

  /** The first of these names that the row has; its value may be JSON's null. */
  static Optional<String> present(JsonObject row, List<String> names) {
    return names.stream().filter(name -> value(row, name) != null).findFirst();
  }

  /** The value under a name; null if the row has none. */
  static JsonElement value(JsonObject row, String name) {
    if (row.has(name)) {
      return row.get(name);
    }
    int dot = name.indexOf('.');
    return dot > 0 && row.get(name.substring(0, dot)) instanceof JsonObject inner
        ? value(inner, name.substring(dot + 1))
        : null;
  }
}
