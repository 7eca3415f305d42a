package dev.sponge.rl.model;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;

/**
 * A piece of a file, mapped into memory for reading and unmapped by {@link #close()}. Left to the
 * garbage collector, which does not see how large mappings are, a whole model would stay mapped
 * beside its copy.
 */
final class MappedPiece implements AutoCloseable {
  private static final MethodHandle UNMAP = findUnmap();

  private final MappedByteBuffer buffer;

  /**
   * @throws IOException when the file cannot be mapped
   */
  MappedPiece(FileChannel channel, long position, long length) throws IOException {
    buffer = channel.map(FileChannel.MapMode.READ_ONLY, position, length);
  }

  /** The bytes; nobody may touch them after {@link #close()}. */
  ByteBuffer bytes() {
    return buffer;
  }

  /** Java 17 has no public call for this; where this one goes away the collector unmaps. */
  private static MethodHandle findUnmap() {
    try {
      Class<?> unsafe = Class.forName("sun.misc.Unsafe");
      Field instance = unsafe.getDeclaredField("theUnsafe");
      instance.setAccessible(true);
      MethodType type = MethodType.methodType(void.class, ByteBuffer.class);
      return MethodHandles.lookup()
          .findVirtual(unsafe, "invokeCleaner", type)
          .bindTo(instance.get(null));
    } catch (ReflectiveOperationException | RuntimeException e) {
      return null;
    }
  }

  @Override
  public void close() {
    // An empty mapping maps nothing.
    if (UNMAP == null || buffer.capacity() == 0) {
      return;
    }
    try {
      UNMAP.invoke((ByteBuffer) buffer);
    } catch (Throwable e) {
      throw new IllegalStateException("cannot unmap a piece of a file", e);
    }
  }
}
