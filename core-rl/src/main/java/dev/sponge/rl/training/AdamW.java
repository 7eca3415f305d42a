package dev.sponge.rl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import dev.sponge.rl.UserError;
import dev.sponge.rl.model.Safetensors;
import dev.sponge.rl.tensor.OptimizerKernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * AdamW with global-norm clipping (Loshchilov and Hutter, 2019); equal to {@code torch.optim.AdamW}
 * behind {@code clip_grad_norm_}. Its moments are saved with a checkpoint and loaded again.
 */
public final class AdamW implements AutoCloseable {
  private static final String MOMENTS_FILE = "optimizer.safetensors";
  private static final String STATE_FILE = "state.json";
  private static final String FIRST = "exp_avg.";
  private static final String SECOND = "exp_avg_sq.";
  // torch adds it to the norm before it divides, so that a zero gradient stays one.
  private static final double NORM_EPSILON = 1e-6;

  private final OptimizerSettings settings;
  private final NDManager manager;
  private final OptimizerKernels kernels;
  private final List<String> names;
  private final List<NDArray> parameters;
  private final List<NDArray> firstMoments = new ArrayList<>();
  private final List<NDArray> secondMoments = new ArrayList<>();
  private final List<NDArray> steps = new ArrayList<>();
  private long updates;
  private double rateFactor = 1;

  /**
   * @param parameters by name; changed in place by every update, not owned
   */
  public AdamW(OptimizerSettings settings, Map<String, NDArray> parameters, NDManager parent) {
    this.settings = settings;
    manager = parent.newSubManager();
    kernels = new OptimizerKernels(manager);
    names = List.copyOf(parameters.keySet());
    this.parameters = List.copyOf(parameters.values());
    for (NDArray parameter : this.parameters) {
      firstMoments.add(manager.zeros(parameter.getShape()));
      secondMoments.add(manager.zeros(parameter.getShape()));
      steps.add(manager.zeros(new Shape(), DataType.FLOAT32));
    }
  }

  /**
   * @param gradNorm global L2 norm before clipping
   * @param learningRate used in this update
   */
  public record Update(double gradNorm, double learningRate) {}

  /** Updates done so far, over all sessions. */
  public long updates() {
    return updates;
  }

  /** What the scheduled learning rate is multiplied with, 1 at the start. */
  public double rateFactor() {
    return rateFactor;
  }

  /** Changes the learning rate of all later updates, over all sessions. */
  public void setRateFactor(double factor) {
    rateFactor = factor;
  }

  /** The kernels, for sums over gradients. */
  OptimizerKernels kernels() {
    return kernels;
  }

  /**
   * Clips the gradients in place and moves the parameters; does nothing at all when the norm is not
   * finite.
   *
   * @param gradients in the order of the parameters
   * @return the norm to report; not finite when nothing was done
   */
  public Update update(List<NDArray> gradients) {
    double norm = kernels.globalNorm(gradients);
    double learningRate = settings.learningRate().at(updates) * rateFactor;
    if (Double.isFinite(norm)) {
      double factor = settings.maxGradNorm() / (norm + NORM_EPSILON);
      if (factor < 1) {
        kernels.scale(gradients, factor);
      }
      kernels.adamW(
          parameters, gradients, firstMoments, secondMoments, steps, settings.with(learningRate));
      updates++;
    }
    return new Update(norm, learningRate);
  }

  /** Forgets all moments and the rate's factor and starts the warm-up anew. */
  public void reset() {
    kernels.zero(firstMoments);
    kernels.zero(secondMoments);
    kernels.zero(steps);
    updates = 0;
    rateFactor = 1;
  }

  /**
   * @param rateFactor null for 1
   */
  private record State(long updates, Double rateFactor) {}

  /** Writes the moments and the update count into a directory that exists. */
  public void save(Path directory) {
    Map<String, NDArray> tensors = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      tensors.put(FIRST + names.get(i), firstMoments.get(i));
      tensors.put(SECOND + names.get(i), secondMoments.get(i));
    }
    Safetensors.write(directory.resolve(MOMENTS_FILE), tensors);
    State state = new State(updates, rateFactor == 1 ? null : rateFactor);
    try {
      Files.writeString(directory.resolve(STATE_FILE), new Gson().toJson(state) + "\n");
    } catch (IOException e) {
      throw new UserError(
          "cannot write the trainer state into " + directory + ": " + e.getMessage(), e);
    }
  }

  /**
   * Continues where {@link #save} stopped.
   *
   * @throws UserError when files are missing or belong to another model
   */
  public void load(Path directory) {
    try (Safetensors file = Safetensors.open(directory.resolve(MOMENTS_FILE))) {
      State state =
          new Gson().fromJson(Files.readString(directory.resolve(STATE_FILE)), State.class);
      for (int i = 0; i < names.size(); i++) {
        replace(firstMoments, i, read(file, FIRST + names.get(i), firstMoments.get(i).getShape()));
        replace(
            secondMoments, i, read(file, SECOND + names.get(i), firstMoments.get(i).getShape()));
        replace(steps, i, manager.create((float) state.updates()));
      }
      updates = state.updates();
      rateFactor = state.rateFactor() == null ? 1 : state.rateFactor();
    } catch (IOException | JsonParseException e) {
      throw new UserError(
          "cannot read the trainer state in " + directory + ": " + e.getMessage(), e);
    }
  }

  private NDArray read(Safetensors file, String name, Shape shape) {
    if (!file.names().contains(name) || !file.shape(name).equals(shape)) {
      throw new UserError(
          "the trainer state holds no tensor "
              + name
              + " of shape "
              + shape
              + "; it belongs to another model");
    }
    return file.read(name, manager);
  }

  private static void replace(List<NDArray> arrays, int index, NDArray array) {
    arrays.set(index, array).close();
  }

  @Override
  public void close() {
    manager.close();
  }
}
