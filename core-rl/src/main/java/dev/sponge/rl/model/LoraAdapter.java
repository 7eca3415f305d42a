package dev.sponge.rl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import dev.sponge.rl.tensor.LowRankFactors;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * The factors of a LoRA adapter, saved and loaded as the PEFT library does. B starts at zero, so
 * that a fresh adapter changes nothing.
 */
public final class LoraAdapter implements AutoCloseable {
  /** Name of the configuration in a PEFT directory. */
  public static final String CONFIG_FILE_NAME = "adapter_config.json";

  /** Name of the factors in a PEFT directory. */
  public static final String FILE_NAME = "adapter_model.safetensors";

  private static final String PREFIX = "base_model.model.";
  private static final String A = ".lora_A.weight";
  private static final String B = ".lora_B.weight";
  private static final long SEED_STEP = 0x9E3779B97F4A7C15L;
  // Above this a typo asks for gigabytes.
  private static final int MAX_RANK = 1 << 14;
  // PEFT's options that change what an adapter computes.
  private static final List<String> UNSUPPORTED =
      List.of(
          "alora_invocation_tokens",
          "alpha_pattern",
          "bias",
          "exclude_modules",
          "fan_in_fan_out",
          "layer_replication",
          "layers_to_transform",
          "lora_bias",
          "modules_to_save",
          "rank_pattern",
          "target_parameters",
          "trainable_token_indices",
          "use_bdlora",
          "use_dora",
          "use_qalora",
          "use_rslora");
  private static final Set<String> OFF = Set.of("null", "false", "{}", "[]", "\"none\"");

  private final ModelConfig config;
  private final LoraSettings settings;
  private final NDManager manager;
  private final Map<String, NDArray> byName;

  private LoraAdapter(
      ModelConfig config, LoraSettings settings, NDManager manager, Map<String, NDArray> byName) {
    this.config = config;
    this.settings = settings;
    this.manager = manager;
    this.byName = byName;
  }

  /** A fresh adapter: A uniform in +-1/sqrt(in) as PEFT draws it, B zero. */
  public static LoraAdapter fresh(
      ModelConfig config, LoraSettings settings, long seed, NDManager parent) {
    NDManager manager = parent.newSubManager();
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    long[] tensorSeed = {seed};
    shapes(config, settings)
        .forEach(
            (name, shape) -> {
              if (name.endsWith(B)) {
                arrays.put(name, manager.zeros(shape));
                return;
              }
              tensorSeed[0] += SEED_STEP;
              Random random = new Random(tensorSeed[0]);
              double bound = 1 / Math.sqrt((double) shape.get(1));
              FloatBuffer values = FloatBuffer.allocate(Math.toIntExact(shape.size()));
              while (values.hasRemaining()) {
                values.put((float) (bound * (2 * random.nextDouble() - 1)));
              }
              arrays.put(name, manager.create(values.flip(), shape));
            });
    return new LoraAdapter(config, settings, manager, arrays);
  }

  /**
   * Reads a PEFT directory.
   *
   * @throws UserError when a file is missing or broken, uses a feature that is not built, or does
   *     not fit the model; the message names the key or the tensor
   */
  public static LoraAdapter load(Path dir, ModelConfig config, NDManager parent) {
    LoraSettings settings = readSettings(dir.resolve(CONFIG_FILE_NAME));
    Map<String, Shape> shapes = shapes(config, settings);
    NDManager manager = parent.newSubManager();
    Path path = dir.resolve(FILE_NAME);
    boolean complete = false;
    try (Safetensors file = Safetensors.open(path)) {
      for (String name : file.names()) {
        if (!shapes.containsKey(name)) {
          throw new UserError(
              path + " holds tensor " + name + ", which " + CONFIG_FILE_NAME + " does not know");
        }
      }
      Map<String, NDArray> arrays = new LinkedHashMap<>();
      shapes.forEach((name, shape) -> arrays.put(name, read(file, path, name, shape, manager)));
      complete = true;
      return new LoraAdapter(config, settings, manager, arrays);
    } finally {
      if (!complete) {
        manager.close();
      }
    }
  }

  private static NDArray read(
      Safetensors file, Path path, String name, Shape shape, NDManager manager) {
    if (!file.names().contains(name)) {
      throw new UserError(path + " lacks tensor " + name);
    }
    if (!file.shape(name).equals(shape)) {
      throw new UserError(
          path
              + ": tensor "
              + name
              + " has shape "
              + file.shape(name)
              + ", the model asks for "
              + shape);
    }
    return file.readFinite(name, manager);
  }

  private static LoraSettings readSettings(Path file) {
    JsonObject json = Json.readObject(file);
    try {
      requireOff(json);
      List<Projection> targets = new ArrayList<>();
      JsonElement names = required(json, "target_modules");
      if (!names.isJsonArray()) {
        throw new UserError("target_modules = " + names + " must be a list of projections");
      }
      for (JsonElement name : names.getAsJsonArray()) {
        targets.add(
            Projection.ofLabel(ModelConfigJson.text(name))
                .orElseThrow(
                    () -> new UserError("target_modules names " + name + ", which is not known")));
      }
      int rank = ModelConfigJson.integer("r", required(json, "r"));
      if (rank < 1 || rank > MAX_RANK) {
        throw new UserError("r = " + rank + " is outside 1 .. " + MAX_RANK);
      }
      double alpha = ModelConfigJson.number("lora_alpha", required(json, "lora_alpha"));
      return new LoraSettings(rank, alpha, targets);
    } catch (UserError e) {
      throw new UserError(file + ": " + e.getMessage(), e);
    }
  }

  private static JsonElement required(JsonObject json, String key) {
    JsonElement value = json.get(key);
    if (value == null || value.isJsonNull()) {
      throw new UserError("key " + key + " is missing");
    }
    return value;
  }

  private static void requireOff(JsonObject json) {
    JsonElement type = json.get("peft_type");
    if (type == null || !ModelConfigJson.text(type).equals("LORA")) {
      throw new UserError("peft_type = " + type + " is not supported, only \"LORA\"");
    }
    for (String key : UNSUPPORTED) {
      JsonElement value = json.get(key);
      if (value != null && !OFF.contains(value.toString())) {
        throw new UserError(key + " = " + value + " is not supported");
      }
    }
  }

  /** Writes a directory that PEFT opens. */
  public void save(Path dir) {
    JsonObject json = new JsonObject();
    json.addProperty("base_model_name_or_path", "");
    json.addProperty("bias", "none");
    json.addProperty("fan_in_fan_out", false);
    json.addProperty("inference_mode", true);
    json.addProperty("init_lora_weights", true);
    json.addProperty("lora_alpha", settings.alpha());
    json.addProperty("lora_dropout", 0.0);
    json.addProperty("peft_type", "LORA");
    json.addProperty("r", settings.rank());
    JsonArray targets = new JsonArray();
    settings.targets().forEach(target -> targets.add(target.label()));
    json.add("target_modules", targets);
    json.addProperty("task_type", "CAUSAL_LM");
    try {
      Files.createDirectories(dir);
    } catch (IOException e) {
      throw new SpongeException("cannot make " + dir + ": " + e.getMessage(), e);
    }
    Safetensors.write(dir.resolve(FILE_NAME), byName);
    String text = new GsonBuilder().setPrettyPrinting().create().toJson(json) + "\n";
    AtomicFiles.writeString(dir.resolve(CONFIG_FILE_NAME), text);
  }

  /** PEFT names and shapes: for every layer and target A (r, in), then B (out, r). */
  private static Map<String, Shape> shapes(ModelConfig config, LoraSettings settings) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
      for (Projection target : settings.targets()) {
        String module = PREFIX + target.module(layer);
        shapes.put(module + A, new Shape(settings.rank(), target.in(config)));
        shapes.put(module + B, new Shape(target.out(config), settings.rank()));
      }
    }
    return shapes;
  }

  public LoraSettings settings() {
    return settings;
  }

  /** All factors by their PEFT name, A before B. */
  public Map<String, NDArray> byName() {
    return byName;
  }

  /** The factors as the kernels read them. */
  public LowRankFactors factors() {
    List<long[]> segments = new ArrayList<>();
    for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
      for (Projection target : settings.targets()) {
        segments.add(target.segment(layer, config));
      }
    }
    return new LowRankFactors(
        List.copyOf(byName.values()),
        segments.stream().flatMapToLong(Arrays::stream).toArray(),
        settings.scale());
  }

  @Override
  public void close() {
    manager.close();
  }
}
