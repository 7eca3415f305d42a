package dev.sponge.datasets.similarity;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The published files, where they are there. */
final class Benchmarks {
  private static final Map<String, String> FILES =
      Map.of(
          "aime24", "aime.json",
          "amc23", "amc.json",
          "math500", "math.json",
          "minerva", "minerva.json",
          "olympiadbench", "olympiad_bench.json");

  private Benchmarks() {}

  static Path directory() {
    return Path.of(System.getProperty("sponge.benchmarks", "../../shared/benchmarks"));
  }

  static List<PromptText> mathTrain() {
    return read("math_train", "math_train.json");
  }

  static List<PromptText> all() {
    return FILES.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .flatMap(file -> read(file.getKey(), file.getValue()).stream())
        .toList();
  }

  private static List<PromptText> read(String name, String file) {
    try {
      List<PromptText> prompts = new ArrayList<>();
      String text = Files.readString(directory().resolve(file));
      for (JsonElement row : JsonParser.parseString(text).getAsJsonArray()) {
        prompts.add(
            new PromptText(
                "%s:%04d".formatted(name, prompts.size()),
                row.getAsJsonObject().get("problem").getAsString()));
      }
      return prompts;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
