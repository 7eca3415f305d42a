package dev.sponge.rl.model;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.sponge.rl.UserError;
import java.util.List;

/**
 * Rotary settings in {@code config.json}. Transformers 4 writes {@code rope_theta} and {@code
 * rope_scaling}, version 5 both in {@code rope_parameters}; both are read, the former is written.
 */
final class RopeJson {
  private static final double DEFAULT_THETA = 10_000;
  // The defaults of transformers for YaRN.
  private static final double BETA_FAST = 32;
  private static final double BETA_SLOW = 1;

  private final JsonObject json;
  private final String key;
  private final JsonObject parameters;

  RopeJson(JsonObject json) {
    this.json = json;
    key = present(json, "rope_parameters") ? "rope_parameters" : "rope_scaling";
    JsonElement element = json.get(key);
    if (present(json, key) && !element.isJsonObject()) {
      throw new UserError(key + " = " + element + " must be an object");
    }
    parameters = present(json, key) ? element.getAsJsonObject() : new JsonObject();
  }

  double theta() {
    if (present(parameters, "rope_theta")) {
      return number("rope_theta");
    }
    return present(json, "rope_theta")
        ? ModelConfigJson.number("rope_theta", json.get("rope_theta"))
        : DEFAULT_THETA;
  }

  RopeScaling scaling(int maxPositions) {
    String type = "default";
    for (String name : List.of("type", "rope_type")) {
      if (present(parameters, name)) {
        type = ModelConfigJson.text(parameters.get(name));
      }
    }
    return switch (type) {
      case "default" -> new RopeScaling.None();
      case "linear" -> new RopeScaling.Linear(number("factor"));
      case "llama3" ->
          new RopeScaling.Llama3(
              number("factor"),
              number("low_freq_factor"),
              number("high_freq_factor"),
              integer("original_max_position_embeddings", maxPositions));
      case "yarn" -> yarn(maxPositions);
      default ->
          throw new UserError(
              key
                  + ": type \""
                  + type
                  + "\" is not supported, only default, linear, llama3 and yarn");
    };
  }

  private RopeScaling yarn(int maxPositions) {
    for (String name : List.of("mscale", "mscale_all_dim", "truncate")) {
      if (present(parameters, name)) {
        throw new UserError(key + "." + name + " is not supported");
      }
    }
    double factor = number("factor");
    double attention =
        present(parameters, "attention_factor")
            ? number("attention_factor")
            : factor <= 1 ? 1 : 0.1 * Math.log(factor) + 1;
    return new RopeScaling.Yarn(
        factor,
        attention,
        present(parameters, "beta_fast") ? number("beta_fast") : BETA_FAST,
        present(parameters, "beta_slow") ? number("beta_slow") : BETA_SLOW,
        integer("original_max_position_embeddings", maxPositions));
  }

  private double number(String name) {
    if (!present(parameters, name)) {
      throw new UserError(key + "." + name + " is missing");
    }
    return ModelConfigJson.number(key + "." + name, parameters.get(name));
  }

  private int integer(String name, int fallback) {
    return present(parameters, name)
        ? ModelConfigJson.integer(key + "." + name, parameters.get(name))
        : fallback;
  }

  private static boolean present(JsonObject object, String name) {
    return object.has(name) && !object.get(name).isJsonNull();
  }

  /** Adds {@code rope_scaling} where there is one. */
  static void write(RopeScaling scaling, JsonObject out) {
    JsonObject written = new JsonObject();
    if (scaling instanceof RopeScaling.Linear linear) {
      written.addProperty("rope_type", "linear");
      written.addProperty("factor", linear.factor());
    } else if (scaling instanceof RopeScaling.Llama3 llama3) {
      written.addProperty("rope_type", "llama3");
      written.addProperty("factor", llama3.factor());
      written.addProperty("low_freq_factor", llama3.lowFreqFactor());
      written.addProperty("high_freq_factor", llama3.highFreqFactor());
      written.addProperty("original_max_position_embeddings", llama3.originalMaxPositions());
    } else if (scaling instanceof RopeScaling.Yarn yarn) {
      written.addProperty("rope_type", "yarn");
      written.addProperty("factor", yarn.factor());
      written.addProperty("attention_factor", yarn.attentionFactor());
      written.addProperty("beta_fast", yarn.betaFast());
      written.addProperty("beta_slow", yarn.betaSlow());
      written.addProperty("original_max_position_embeddings", yarn.originalMaxPositions());
    }
    if (written.size() > 0) {
      out.add("rope_scaling", written);
    }
  }
}
