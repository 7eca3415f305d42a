package dev.sponge.jobs.bench;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import dev.sponge.jobs.report.PeakMemory;
import java.nio.file.Path;
import java.util.Map;

/** One line of JSON: what was measured, with which settings. */
final class BenchResult {
  private BenchResult() {}

  /**
   * @param sizes settings beside those all measurements share
   * @param numbers rates by name
   * @param seconds by part
   */
  static String line(
      String name,
      BenchSettings settings,
      Map<String, ?> sizes,
      Map<String, Double> numbers,
      Map<String, Double> seconds) {
    Gson gson = new Gson();
    JsonObject json = new JsonObject();
    json.addProperty("bench", name);
    json.addProperty("model", settings.model().map(Path::toString).orElse("random weights"));
    json.addProperty("dtype", settings.dtype().label());
    json.addProperty("device", settings.device().toString());
    json.addProperty("threads", settings.threads());
    json.addProperty("repeats", settings.repeats());
    sizes.forEach((key, value) -> json.add(key, gson.toJsonTree(value)));
    numbers.forEach(json::addProperty);
    json.add("seconds", gson.toJsonTree(seconds));
    PeakMemory.rssBytes().ifPresent(bytes -> json.addProperty("peak_rss_bytes", bytes));
    return gson.toJson(json);
  }
}
