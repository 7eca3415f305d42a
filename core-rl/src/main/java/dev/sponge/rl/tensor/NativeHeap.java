package dev.sponge.rl.tensor;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.util.Optional;

/**
 * The C library's heap, where libtorch keeps tensors on the CPU. Left alone, glibc maps every large
 * block afresh and gives the end of the heap back as soon as it is free, so that each training step
 * faults its gigabytes in anew: a third of the time of a forward pass. Elsewhere than on glibc
 * nothing is changed.
 */
public final class NativeHeap {
  // <malloc.h>
  private static final int M_TRIM_THRESHOLD = -1;
  private static final int M_TOP_PAD = -2;
  private static final int M_MMAP_MAX = -4;
  private static final int GROWTH_BYTES = 64 << 20;

  private NativeHeap() {}

  /** Keeps what is freed for the next tensor, until {@link #release}. */
  static void keepFreedMemory() {
    function("mallopt")
        .ifPresent(
            mallopt -> {
              mallopt.invokeInt(new Object[] {M_MMAP_MAX, 0});
              mallopt.invokeInt(new Object[] {M_TRIM_THRESHOLD, -1});
              mallopt.invokeInt(new Object[] {M_TOP_PAD, GROWTH_BYTES});
            });
  }

  /** Gives all free memory back to the system; worthwhile between stages of unlike needs. */
  public static void release() {
    function("malloc_trim").ifPresent(trim -> trim.invokeInt(new Object[] {0L}));
  }

  /** A function that glibc has and other C libraries lack. */
  private static Optional<Function> function(String name) {
    if (!"Linux".equals(System.getProperty("os.name"))) {
      return Optional.empty();
    }
    try {
      NativeLibrary libc = NativeLibrary.getInstance("c");
      libc.getFunction("gnu_get_libc_version");
      return Optional.of(libc.getFunction(name));
    } catch (UnsatisfiedLinkError e) {
      return Optional.empty();
    }
  }
}
