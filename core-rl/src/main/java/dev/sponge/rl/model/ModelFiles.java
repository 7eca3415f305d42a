package dev.sponge.rl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The weight files of a Hugging Face model directory: {@code model.safetensors}, or, above a size,
 * {@code model-00001-of-0000N.safetensors} with {@code model.safetensors.index.json}. Tensors keep
 * their order, equal tensors give equal bytes, and no file of an earlier save remains.
 */
public final class ModelFiles {
  /** The weights in one file. */
  public static final String FILE_NAME = "model.safetensors";

  /** 5 GB, which the hosts of models and their tools handle well. */
  public static final long DEFAULT_MAX_SHARD_BYTES = 5_000_000_000L;

  private static final Pattern SHARD_NAME = Pattern.compile("model-\\d+-of-\\d+\\.safetensors");

  private ModelFiles() {}

  /**
   * How weights are stored.
   *
   * @param dtype of every tensor
   * @param maxShardBytes tensor bytes of one file at most; a larger tensor has a file of its own
   */
  public record Format(WeightDtype dtype, long maxShardBytes) {
    /** Float32, in files of at most {@link #DEFAULT_MAX_SHARD_BYTES}. */
    public static final Format DEFAULT = new Format(WeightDtype.F32, DEFAULT_MAX_SHARD_BYTES);

    /**
     * @throws IllegalArgumentException when a file may hold nothing
     */
    public Format {
      if (maxShardBytes < 1) {
        throw new IllegalArgumentException("maxShardBytes is " + maxShardBytes);
      }
    }
  }

  @FunctionalInterface
  private interface ShardWriter<T> {
    void write(Path file, List<T> tensors);
  }

  /** Whether the directory seems to hold weights; says nothing about damage. */
  public static boolean exist(Path dir) {
    return Files.isRegularFile(dir.resolve(FILE_NAME))
        || Files.isRegularFile(dir.resolve(ShardIndex.FILE_NAME));
  }

  /**
   * Writes float32 tensors as they are made, one at a time.
   *
   * @param dir created when missing
   * @param tensors in the order of the files; each is asked for its values once, when they are
   *     written
   * @param maxShardBytes as {@link Format}
   * @throws IllegalArgumentException when two tensors share a name or a shape does not hold the
   *     values
   * @throws SpongeException when writing fails
   */
  public static void write(Path dir, List<TensorSource> tensors, long maxShardBytes) {
    write(dir, tensors, new Format(WeightDtype.F32, maxShardBytes));
  }

  /**
   * The same in another format.
   *
   * @throws UserError also when a value is not finite in a narrower dtype than float32
   */
  public static void write(Path dir, List<TensorSource> tensors, Format format) {
    writeShards(
        dir,
        tensors,
        TensorSource::name,
        TensorSource::shape,
        format,
        (file, shard) -> Safetensors.writeFloats(file, shard, format.dtype()));
  }

  /**
   * Writes float32 arrays.
   *
   * @throws UserError when a value is not finite in a narrower dtype than float32
   * @throws SpongeException when writing fails
   */
  static void write(Path dir, Map<String, NDArray> arrays, Format format) {
    writeShards(
        dir,
        List.copyOf(arrays.entrySet()),
        Map.Entry::getKey,
        entry -> entry.getValue().getShape(),
        format,
        (file, shard) -> {
          Map<String, NDArray> tensors = new LinkedHashMap<>();
          shard.forEach(entry -> tensors.put(entry.getKey(), entry.getValue()));
          Safetensors.write(file, tensors, format.dtype());
        });
  }

  private static <T> void writeShards(
      Path dir,
      List<T> tensors,
      Function<T, String> name,
      Function<T, Shape> shape,
      Format format,
      ShardWriter<T> writer) {
    int width = format.dtype().bytes();
    Function<T, Long> bytes = tensor -> Math.multiplyExact(shape.apply(tensor).size(), width);
    List<List<T>> shards = split(tensors, bytes, format.maxShardBytes());
    if (shards.size() == 1) {
      writer.write(dir.resolve(FILE_NAME), tensors);
      removeOthers(dir, Set.of(FILE_NAME));
      return;
    }
    // Between here and the last line the directory holds no model that a reader would accept.
    delete(dir.resolve(FILE_NAME));
    delete(dir.resolve(ShardIndex.FILE_NAME));
    Map<String, String> fileByTensor = new LinkedHashMap<>();
    long total = 0;
    for (int i = 0; i < shards.size(); i++) {
      String file = shardName(i, shards.size());
      writer.write(dir.resolve(file), shards.get(i));
      for (T tensor : shards.get(i)) {
        if (fileByTensor.put(name.apply(tensor), file) != null) {
          throw new IllegalArgumentException("two tensors are named " + name.apply(tensor));
        }
        total += bytes.apply(tensor);
      }
    }
    removeOthers(dir, Set.copyOf(fileByTensor.values()));
    AtomicFiles.writeString(
        dir.resolve(ShardIndex.FILE_NAME), new ShardIndex(fileByTensor).toJson(total));
  }

  /** Fills one file after the other; at least one, of at least one tensor where there are any. */
  private static <T> List<List<T>> split(List<T> tensors, Function<T, Long> bytes, long max) {
    List<List<T>> shards = new ArrayList<>();
    shards.add(new ArrayList<>());
    long used = 0;
    for (T tensor : tensors) {
      long size = bytes.apply(tensor);
      List<T> last = shards.get(shards.size() - 1);
      if (!last.isEmpty() && used + size > max) {
        last = new ArrayList<>();
        shards.add(last);
        used = 0;
      }
      last.add(tensor);
      used += size;
    }
    return shards;
  }

  private static String shardName(int index, int count) {
    return String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", index + 1, count);
  }

  /** Removes what an earlier save left: it would be a second model, or a part of one. */
  private static void removeOthers(Path dir, Set<String> keep) {
    List<Path> stale;
    try (Stream<Path> paths = Files.list(dir)) {
      stale = paths.filter(path -> isStale(path.getFileName().toString(), keep)).toList();
    } catch (IOException e) {
      throw new SpongeException("cannot list " + dir + ": " + e, e);
    }
    stale.forEach(ModelFiles::delete);
  }

  private static boolean isStale(String name, Set<String> keep) {
    return !keep.contains(name)
        && (name.equals(FILE_NAME)
            || name.equals(ShardIndex.FILE_NAME)
            || SHARD_NAME.matcher(name).matches());
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new SpongeException("cannot remove " + file + ": " + e, e);
    }
  }
}
