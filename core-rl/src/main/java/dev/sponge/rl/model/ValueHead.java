package dev.sponge.rl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.UserError;
import dev.sponge.rl.tensor.ValueKernels;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * The value head of a critic: v = w . h + b with h (E) the normed stream behind the last layer of a
 * decoder.
 */
public final class ValueHead implements AutoCloseable {
  /** Name of the file in a critic's directory. */
  public static final String FILE_NAME = "value_head.safetensors";

  private static final String WEIGHT = "value_head.weight";
  private static final String BIAS = "value_head.bias";

  private final NDManager manager;
  private final Map<String, NDArray> byName;

  private ValueHead(NDManager manager, Map<String, NDArray> byName) {
    this.manager = manager;
    this.byName = Collections.unmodifiableMap(byName);
  }

  /**
   * A fresh head: w Gaussian with mean 0, b zero. The values depend on width, seed and std alone.
   *
   * @param std of w; 0 for a critic that values every state at 0
   */
  public static ValueHead random(ModelConfig config, long seed, double std, NDManager parent) {
    if (!(std >= 0) || Double.isInfinite(std)) {
      throw new IllegalArgumentException("std is " + std + ", must be finite and 0 or more");
    }
    NDManager manager = parent.newSubManager();
    Map<String, Shape> shapes = shapes(config);
    // java.util.Random: its Gaussian is specified to the bit, the other generators' is not.
    Random random = new Random(seed);
    FloatBuffer values = FloatBuffer.allocate(config.hiddenSize());
    while (values.hasRemaining()) {
      // Plus zero: a product of 0 and a negative number is -0.
      values.put((float) (std * random.nextGaussian() + 0.0));
    }
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    arrays.put(WEIGHT, manager.create(values.flip(), shapes.get(WEIGHT)));
    arrays.put(BIAS, manager.zeros(shapes.get(BIAS)));
    return new ValueHead(manager, arrays);
  }

  /**
   * Reads what {@link #save} wrote.
   *
   * @throws UserError when the file is missing or broken, a tensor is missing, extra, not finite or
   *     of another shape than the model asks for; the message names file and tensor
   */
  public static ValueHead load(Path dir, ModelConfig config, NDManager parent) {
    Path path = dir.resolve(FILE_NAME);
    NDManager manager = parent.newSubManager();
    boolean complete = false;
    try (Safetensors file = Safetensors.open(path)) {
      Map<String, NDArray> arrays = new LinkedHashMap<>();
      shapes(config)
          .forEach((name, shape) -> arrays.put(name, read(file, path, name, shape, manager)));
      for (String name : file.names()) {
        if (!arrays.containsKey(name)) {
          throw new UserError(path + " holds tensor " + name + ", which no value head has");
        }
      }
      complete = true;
      return new ValueHead(manager, arrays);
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
          ("%s: tensor %s has shape %s, the model of config.json asks for %s;"
                  + " use the head that was trained with this model")
              .formatted(path, name, file.shape(name), shape));
    }
    return file.readFinite(name, manager);
  }

  private static Map<String, Shape> shapes(ModelConfig config) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    shapes.put(WEIGHT, new Shape(1, config.hiddenSize()));
    shapes.put(BIAS, new Shape(1));
    return shapes;
  }

  /** A deep copy. */
  public ValueHead copy(NDManager parent) {
    NDManager manager = parent.newSubManager();
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    byName.forEach(
        (name, array) ->
            arrays.put(
                name, manager.create(FloatBuffer.wrap(array.toFloatArray()), array.getShape())));
    return new ValueHead(manager, arrays);
  }

  /** Writes {@link #FILE_NAME} into a directory, which is created when missing. */
  public void save(Path dir) {
    Safetensors.write(dir.resolve(FILE_NAME), byName);
  }

  /** w (1, E), then b (1). */
  public Map<String, NDArray> byName() {
    return byName;
  }

  /** The head as the kernels read it. */
  public ValueKernels.Head head() {
    return new ValueKernels.Head(byName.get(WEIGHT), byName.get(BIAS));
  }

  @Override
  public void close() {
    manager.close();
  }
}
