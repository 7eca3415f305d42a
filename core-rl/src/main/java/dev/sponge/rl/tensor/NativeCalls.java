package dev.sponge.rl.tensor;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Kernel calls in progress. When the process ends, libtorch's static objects are destroyed while
 * other threads may still compute with them, which crashes the JVM on an interruption; so the end
 * waits for the calls in progress, and no new one begins.
 */
final class NativeCalls {
  /** Longer than any kernel call; then the process ends without the destructors. */
  private static final long PATIENCE_MILLIS = TimeUnit.SECONDS.toMillis(60);

  private static final AtomicInteger IN_PROGRESS = new AtomicInteger();
  private static volatile boolean ending;

  private NativeCalls() {}

  /** Called once, when the engine starts. */
  static void awaitAtExit() {
    Runtime.getRuntime().addShutdownHook(new Thread(NativeCalls::await, "sponge-native-calls"));
  }

  private static void await() {
    ending = true;
    long end = System.currentTimeMillis() + PATIENCE_MILLIS;
    while (IN_PROGRESS.get() > 0) {
      if (System.currentTimeMillis() > end) {
        Runtime.getRuntime().halt(130);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
  }

  /** Before a call; does not return any more when the process is ending. */
  static void begin() {
    IN_PROGRESS.incrementAndGet();
    if (ending) {
      IN_PROGRESS.decrementAndGet();
      while (true) {
        LockSupport.park();
      }
    }
  }

  /** Whether no new call may begin. */
  static boolean ending() {
    return ending;
  }

  /** After a call. */
  static void end() {
    IN_PROGRESS.decrementAndGet();
  }
}
