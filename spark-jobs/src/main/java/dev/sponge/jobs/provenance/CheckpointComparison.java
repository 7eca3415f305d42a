package dev.sponge.jobs.provenance;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.sponge.jobs.run.CheckpointRetention;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.model.Manifest;
import dev.sponge.rl.model.Safetensors;
import dev.sponge.rl.tensor.TorchEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Compares the files of two checkpoints, byte by byte.
 *
 * @param compared names of the files that both have
 * @param differences a line for each file that differs
 * @param pruned directories that retention removed from the stored one since
 */
record CheckpointComparison(List<String> compared, List<String> differences, List<String> pruned) {
  private static final String TENSORS = ".safetensors";

  /**
   * @param stored checkpoint of version k + 1, whose files may be damaged
   * @param computed the same, computed again, with its manifest
   */
  static CheckpointComparison of(Path stored, Path computed) {
    Manifest storedFiles = Manifest.read(stored);
    Manifest computedFiles = Manifest.read(computed);
    List<String> pruned =
        List.of(CheckpointRetention.TRAINER, CheckpointRetention.CRITIC).stream()
            .filter(part -> has(computedFiles, part) && !has(storedFiles, part))
            .toList();
    Set<String> names = new TreeSet<>(storedFiles.files().keySet());
    names.addAll(computedFiles.files().keySet());
    names.removeIf(name -> pruned.stream().anyMatch(part -> name.startsWith(part + "/")));
    List<String> differences = new ArrayList<>();
    for (String name : names) {
      difference(name, stored, computed, storedFiles, computedFiles).ifPresent(differences::add);
    }
    return new CheckpointComparison(List.copyOf(names), differences, pruned);
  }

  private static Optional<String> difference(
      String name, Path stored, Path computed, Manifest storedFiles, Manifest computedFiles) {
    if (!computedFiles.files().containsKey(name)) {
      return Optional.of(name + ": not computed");
    }
    if (!storedFiles.files().containsKey(name) || !Files.exists(stored.resolve(name))) {
      return Optional.of(name + ": missing in the stored checkpoint");
    }
    long at = mismatch(stored.resolve(name), computed.resolve(name));
    if (at < 0) {
      return Optional.empty();
    }
    // Then its tensors cannot be trusted, and may not even be readable.
    boolean changedSince = storedFiles.files().get(name).equals(computedFiles.files().get(name));
    return Optional.of(
        changedSince
            ? "%s: changed since the step wrote it (its manifest names the computed bytes), from byte %,d on"
                .formatted(name, at)
            : name + ": " + figures(name, stored, computed, at));
  }

  private static boolean has(Manifest manifest, String part) {
    return manifest.files().keySet().stream().anyMatch(name -> name.startsWith(part + "/"));
  }

  private static long mismatch(Path stored, Path computed) {
    try {
      return Files.mismatch(stored, computed);
    } catch (IOException e) {
      throw new SpongeException("Cannot compare " + stored + " with " + computed + ": " + e, e);
    }
  }

  private static String figures(String name, Path stored, Path computed, long at) {
    if (!name.endsWith(TENSORS)) {
      return "from byte " + at + " on";
    }
    long values = 0;
    long different = 0;
    double largest = 0;
    String where = "";
    try (NDManager manager = TorchEngine.newManager(Device.cpu());
        Safetensors left = Safetensors.open(stored.resolve(name));
        Safetensors right = Safetensors.open(computed.resolve(name))) {
      if (!left.names().equals(right.names())) {
        return "other tensors";
      }
      for (String tensor : left.names()) {
        float[] a = read(left, tensor, manager);
        float[] b = read(right, tensor, manager);
        values += a.length;
        for (int i = 0; i < Math.min(a.length, b.length); i++) {
          double distance = Math.abs((double) a[i] - b[i]);
          different += distance > 0 ? 1 : 0;
          if (distance > largest) {
            largest = distance;
            where = tensor;
          }
        }
      }
    }
    return "%,d of %,d values, by up to %.3g (%s)".formatted(different, values, largest, where);
  }

  private static float[] read(Safetensors file, String tensor, NDManager manager) {
    try (var array = file.read(tensor, manager)) {
      return array.toFloatArray();
    }
  }

  /**
   * How far the weights of a policy lie from the stored ones: the norm of the difference as a share
   * of the norm of the step's own change. 0 for equal weights, infinite for other ones after a step
   * that changed none.
   *
   * @param before checkpoint of pi_k
   */
  static double shareOfMovement(Path before, Path stored, Path computed) {
    double difference = 0;
    double change = 0;
    List<String> files =
        Manifest.read(computed).files().keySet().stream()
            .filter(CheckpointComparison::ofPolicy)
            .filter(name -> Files.exists(stored.resolve(name)))
            .toList();
    for (String name : files) {
      Path source = before.resolve(name);
      try (NDManager manager = TorchEngine.newManager(Device.cpu());
          Safetensors left = Safetensors.open(stored.resolve(name));
          Safetensors right = Safetensors.open(computed.resolve(name));
          Safetensors old =
              Safetensors.open(Files.exists(source) ? source : computed.resolve(name))) {
        for (String tensor : right.names()) {
          float[] b = read(right, tensor, manager);
          difference += squares(read(left, tensor, manager), b);
          change += squares(read(old, tensor, manager), b);
        }
      }
    }
    return difference == 0 ? 0 : Math.sqrt(difference / change);
  }

  private static boolean ofPolicy(String name) {
    return name.endsWith(TENSORS)
        && !name.startsWith(CheckpointRetention.TRAINER + "/")
        && !name.startsWith(CheckpointRetention.CRITIC + "/");
  }

  private static double squares(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < b.length; i++) {
      double distance = (double) a[i] - b[i];
      sum += distance * distance;
    }
    return sum;
  }
}
