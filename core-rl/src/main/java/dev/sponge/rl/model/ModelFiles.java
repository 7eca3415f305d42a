package dev.sponge.rl.model;

import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes the weights of a model directory, one tensor in memory at a time. */
public final class ModelFiles {
  private static final int CHUNK_FLOATS = 1 << 20;

  private ModelFiles() {}

  /**
   * Writes {@code model.safetensors}.
   *
   * @param maxShardBytes not used yet: all goes to one file
   */
  public static void write(Path dir, List<TensorSource> tensors, long maxShardBytes) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    tensors.forEach(tensor -> shapes.put(tensor.name(), tensor.shape()));
    ByteBuffer header = SafetensorsHeader.encode(shapes);
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(CHUNK_FLOATS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    AtomicFiles.write(
        dir.resolve(Weights.FILE_NAME),
        out -> {
          AtomicFiles.writeFully(out, header);
          for (TensorSource tensor : tensors) {
            FloatBuffer values = tensor.values().get().duplicate();
            while (values.hasRemaining()) {
              int count = Math.min(CHUNK_FLOATS, values.remaining());
              bytes.clear().limit(count * Float.BYTES);
              bytes.asFloatBuffer().put(values.slice().limit(count));
              values.position(values.position() + count);
              AtomicFiles.writeFully(out, bytes);
            }
          }
        });
  }
}
