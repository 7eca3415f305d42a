package dev.sponge.rl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.sponge.rl.UserError;
import dev.sponge.rl.tensor.LogitResidual;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * The factors of a residual of the logits, after the residual policies of ResFiT (Ankile et al.,
 * 2025): z = z_base + s tanh(U V h) with h (E) the normed stream behind the last layer, V (r, E)
 * and U (V, r). U starts at zero, so that a fresh adapter changes nothing, and the base stays as it
 * is, so that no update leaves |log pi / pi_base| <= 2 s at temperature 1.
 *
 * <p>No other program knows this form: transformers sees the base alone.
 */
public final class ResidualAdapter implements AutoCloseable {
  /** The adapter's directory inside a checkpoint. */
  public static final String DIRECTORY = "residual";

  /** Name of the settings in that directory. */
  public static final String CONFIG_FILE_NAME = "residual_config.json";

  /** Name of the factors in that directory. */
  public static final String FILE_NAME = "residual.safetensors";

  private static final String V = "residual.V";
  private static final String U = "residual.U";
  private static final String RANK = "rank";
  private static final String SCALE = "scale";
  // Above this a typo asks for gigabytes.
  private static final int MAX_RANK = 1 << 14;

  private final ResidualSettings settings;
  private final NDManager manager;
  private final Map<String, NDArray> byName;

  private ResidualAdapter(
      ResidualSettings settings, NDManager manager, Map<String, NDArray> byName) {
    this.settings = settings;
    this.manager = manager;
    this.byName = byName;
  }

  /** A fresh adapter: V uniform in +-1/sqrt(E), U zero. */
  public static ResidualAdapter fresh(
      ModelConfig config, ResidualSettings settings, long seed, NDManager parent) {
    NDManager manager = parent.newSubManager();
    Map<String, Shape> shapes = shapes(config, settings);
    Random random = new Random(seed);
    double bound = 1 / Math.sqrt(config.hiddenSize());
    FloatBuffer values = FloatBuffer.allocate(Math.toIntExact(shapes.get(V).size()));
    while (values.hasRemaining()) {
      values.put((float) (bound * (2 * random.nextDouble() - 1)));
    }
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    arrays.put(V, manager.create(values.flip(), shapes.get(V)));
    arrays.put(U, manager.zeros(shapes.get(U)));
    return new ResidualAdapter(settings, manager, arrays);
  }

  /** The adapter of a checkpoint, where it holds one; errors as of {@link #load}. */
  public static Optional<ResidualAdapter> find(
      Path checkpoint, ModelConfig config, NDManager parent) {
    return exists(checkpoint)
        ? Optional.of(load(checkpoint.resolve(DIRECTORY), config, parent))
        : Optional.empty();
  }

  /** Whether a checkpoint holds an adapter; one that is broken counts. */
  public static boolean exists(Path checkpoint) {
    return Files.exists(checkpoint.resolve(DIRECTORY));
  }

  /**
   * Reads what {@link #save} wrote.
   *
   * @throws UserError when a file is missing or broken or does not fit the model; the message names
   *     the file and the key or the tensor
   */
  public static ResidualAdapter load(Path dir, ModelConfig config, NDManager parent) {
    ResidualSettings settings = readSettings(dir.resolve(CONFIG_FILE_NAME));
    Path path = dir.resolve(FILE_NAME);
    NDManager manager = parent.newSubManager();
    boolean complete = false;
    try (Safetensors file = Safetensors.open(path)) {
      Map<String, NDArray> arrays = new LinkedHashMap<>();
      shapes(config, settings)
          .forEach((name, shape) -> arrays.put(name, read(file, path, name, shape, manager)));
      for (String name : file.names()) {
        if (!arrays.containsKey(name)) {
          throw new UserError(path + " holds tensor " + name + ", which no residual has");
        }
      }
      complete = true;
      return new ResidualAdapter(settings, manager, arrays);
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
          "%s: tensor %s has shape %s, model and rank ask for %s"
              .formatted(path, name, file.shape(name), shape));
    }
    return file.readFinite(name, manager);
  }

  private static ResidualSettings readSettings(Path file) {
    JsonObject json = Json.readObject(file);
    try {
      for (String key : json.keySet()) {
        if (!key.equals(RANK) && !key.equals(SCALE)) {
          throw new UserError("key " + key + " is not known");
        }
      }
      int rank = ModelConfigJson.integer(RANK, required(json, RANK));
      if (rank > MAX_RANK) {
        throw new UserError(RANK + " = " + rank + " exceeds " + MAX_RANK);
      }
      return new ResidualSettings(rank, ModelConfigJson.number(SCALE, required(json, SCALE)));
    } catch (UserError e) {
      throw new UserError(file + ": " + e.getMessage(), e);
    }
  }

  private static JsonElement required(JsonObject json, String key) {
    JsonElement value = json.get(key);
    if (value == null) {
      throw new UserError("key " + key + " is missing");
    }
    return value;
  }

  /** Writes both files, the settings last. */
  public void save(Path dir) {
    JsonObject json = new JsonObject();
    json.addProperty(RANK, settings.rank());
    json.addProperty(SCALE, settings.scale());
    Safetensors.write(dir.resolve(FILE_NAME), byName);
    AtomicFiles.writeString(
        dir.resolve(CONFIG_FILE_NAME),
        new GsonBuilder().setPrettyPrinting().create().toJson(json) + "\n");
  }

  private static Map<String, Shape> shapes(ModelConfig config, ResidualSettings settings) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    shapes.put(V, new Shape(settings.rank(), config.hiddenSize()));
    shapes.put(U, new Shape(config.vocabSize(), settings.rank()));
    return shapes;
  }

  public ResidualSettings settings() {
    return settings;
  }

  /** V, then U. */
  public Map<String, NDArray> byName() {
    return byName;
  }

  /** The factors as the kernels read them. */
  public LogitResidual residual() {
    return new LogitResidual(List.copyOf(byName.values()), settings.scale());
  }

  /** Hex digest of settings and factors. */
  public String sha256() {
    MessageDigest digest = Sha256.newDigest();
    digest.update(settings.toString().getBytes(StandardCharsets.UTF_8));
    try (TensorBytes bytes = new TensorBytes(WeightDtype.F32)) {
      for (Map.Entry<String, NDArray> factor : byName.entrySet()) {
        bytes.ofArray(factor.getKey(), factor.getValue(), digest::update);
      }
    } catch (IOException e) {
      throw new IllegalStateException("a digest does no input or output", e);
    }
    return Sha256.hex(digest);
  }

  @Override
  public void close() {
    manager.close();
  }
}
