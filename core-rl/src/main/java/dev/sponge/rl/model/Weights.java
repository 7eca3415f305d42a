package dev.sponge.rl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The float32 parameters of one policy version, immutable and shareable between threads: nobody
 * writes into these arrays, training works on a {@link #copyOf copy}.
 *
 * <p>The arrays live in a manager of their own under the parent given at creation and die with
 * {@link #close()} or with the parent.
 */
public final class Weights implements AutoCloseable {
  private static final long SEED_STEP = 0x9E3779B97F4A7C15L;

  private final ModelConfig config;
  private final NDManager manager;
  private final Map<String, NDArray> byName;
  private final List<NDArray> tensors;
  private volatile String sha256;

  private Weights(ModelConfig config, NDManager manager, Map<String, NDArray> byName) {
    this.config = config;
    this.manager = manager;
    this.byName = Collections.unmodifiableMap(byName);
    this.tensors = List.copyOf(byName.values());
  }

  @FunctionalInterface
  private interface TensorFactory {
    NDArray create(String name, Shape shape, NDManager manager);
  }

  /**
   * Reads {@code config.json} and the weight files of a Hugging Face model directory, widened to
   * float32.
   *
   * @param modelDir the directory
   * @param parent decides the device; closing it closes the weights
   * @throws UserError when a file is missing or broken, a tensor is missing, extra, of another
   *     shape than the configuration says or not finite; the message names the tensor
   */
  public static Weights load(Path modelDir, NDManager parent) {
    ModelConfig config = ModelConfig.read(modelDir.resolve(ModelConfig.FILE_NAME));
    try (ModelTensors files = openChecked(modelDir, config)) {
      files.checkTiedHead(config);
      return create(config, parent, (name, shape, manager) -> files.read(name, manager));
    }
  }

  /** Opens the weight files of a directory; checks names and shapes against the configuration. */
  static ModelTensors openChecked(Path modelDir, ModelConfig config) {
    ModelTensors files = ModelTensors.open(modelDir);
    try {
      files.check(config);
      return files;
    } catch (UserError e) {
      files.close();
      throw e;
    }
  }

  /** Fresh weights as Qwen2 initialises them: {@link InitialStd#QWEN2}. */
  public static Weights random(ModelConfig config, long seed, NDManager parent) {
    return random(config, seed, InitialStd.QWEN2, parent);
  }

  /** Fresh weights with one standard deviation for all matrices. */
  public static Weights random(ModelConfig config, long seed, float std, NDManager parent) {
    return random(config, seed, new InitialStd(std, std), parent);
  }

  /**
   * Fresh weights: matrices Gaussian with mean 0, norms 1, biases 0. The values depend on config,
   * seed and std alone, not on device, platform or library version.
   */
  public static Weights random(ModelConfig config, long seed, InitialStd std, NDManager parent) {
    int[] index = {0};
    return create(
        config,
        parent,
        (name, shape, manager) -> {
          long tensorSeed = seed + SEED_STEP * ++index[0];
          return randomTensor(name, shape, tensorSeed, std.of(name), manager);
        });
  }

  private static NDArray randomTensor(
      String name, Shape shape, long seed, float std, NDManager manager) {
    if (name.endsWith(".bias")) {
      return manager.zeros(shape);
    }
    if (name.endsWith("norm.weight")) {
      return manager.ones(shape);
    }
    // java.util.Random: its Gaussian is specified to the bit, the other generators' is not.
    Random random = new Random(seed);
    FloatBuffer values = FloatBuffer.allocate(Math.toIntExact(shape.size()));
    while (values.hasRemaining()) {
      values.put((float) (std * random.nextGaussian()));
    }
    return manager.create(values.flip(), shape);
  }

  /**
   * Deep copy of arrays, for example of trained parameters.
   *
   * @param arrays float32, in the order and with the shapes of {@link ModelConfig#parameterShapes};
   *     they may belong to another manager and may take part in autograd
   * @throws IllegalArgumentException when number, shape or dtype differ
   */
  public static Weights copyOf(ModelConfig config, List<NDArray> arrays, NDManager parent) {
    LinkedHashMap<String, long[]> shapes = config.parameterShapes();
    if (arrays.size() != shapes.size()) {
      throw new IllegalArgumentException(
          arrays.size() + " arrays for " + shapes.size() + " parameters");
    }
    int[] index = {0};
    return create(
        config,
        parent,
        (name, shape, manager) -> {
          NDArray source = arrays.get(index[0]++);
          if (!source.getShape().equals(shape) || source.getDataType() != DataType.FLOAT32) {
            throw new IllegalArgumentException(
                "parameter "
                    + name
                    + " must be float32 of shape "
                    + shape
                    + ", is "
                    + source.getDataType()
                    + " of shape "
                    + source.getShape());
          }
          return copy(source, manager);
        });
  }

  private static NDArray copy(NDArray source, NDManager manager) {
    try (NDArray detached = source.stopGradient()) {
      NDArray copy =
          source.getDevice().equals(manager.getDevice())
              ? detached.duplicate()
              : detached.toDevice(manager.getDevice(), true);
      copy.attach(manager);
      return copy;
    }
  }

  private static Weights create(ModelConfig config, NDManager parent, TensorFactory factory) {
    NDManager manager = parent.newSubManager();
    LinkedHashMap<String, NDArray> arrays = new LinkedHashMap<>();
    boolean complete = false;
    try {
      config
          .parameterShapes()
          .forEach(
              (name, shape) -> arrays.put(name, factory.create(name, new Shape(shape), manager)));
      complete = true;
      return new Weights(config, manager, arrays);
    } finally {
      if (!complete) {
        manager.close();
      }
    }
  }

  /** Sizes of the policy. */
  public ModelConfig config() {
    return config;
  }

  /** All arrays in the order of {@link ModelConfig#parameterShapes}. */
  public List<NDArray> tensors() {
    return tensors;
  }

  /** All arrays by Hugging Face name, in the order of {@link ModelConfig#parameterShapes}. */
  public Map<String, NDArray> byName() {
    return byName;
  }

  /**
   * One array.
   *
   * @param name Hugging Face name
   * @throws IllegalArgumentException when the policy has no such parameter
   */
  public NDArray get(String name) {
    NDArray array = byName.get(name);
    if (array == null) {
      throw new IllegalArgumentException("no parameter is named " + name);
    }
    return array;
  }

  /** Number of scalars; tied embeddings count once. */
  public long numParameters() {
    return config.numParameters();
  }

  /**
   * SHA-256 (hex) of the little-endian float32 bytes of all arrays in order: equal for equal
   * policies, whatever file they came from. Computed once.
   */
  public String sha256() {
    String result = sha256;
    if (result == null) {
      MessageDigest digest = Sha256.newDigest();
      try (TensorBytes bytes = new TensorBytes(WeightDtype.F32)) {
        for (Map.Entry<String, NDArray> tensor : byName.entrySet()) {
          bytes.ofArray(tensor.getKey(), tensor.getValue(), digest::update);
        }
      } catch (IOException e) {
        throw new IllegalStateException("a digest does no input or output", e);
      }
      result = Sha256.hex(digest);
      sha256 = result;
    }
    return result;
  }

  @Override
  public void close() {
    manager.close();
  }
}
