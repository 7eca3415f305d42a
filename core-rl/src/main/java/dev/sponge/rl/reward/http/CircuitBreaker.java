package dev.sponge.rl.reward.http;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Keeps calls from a service that is down. Closed, it lets every call through and counts failures
 * in a row; at the limit it opens and lets none through; after a while one call may try (half
 * open), whose success closes it and whose failure opens it again. Thread-safe.
 */
final class CircuitBreaker {
  private final int failuresToOpen;
  private final long openNanos;
  private final LongSupplier nanoTime;
  private int failures;
  private long openedAt;
  private boolean trying;

  /**
   * @param failuresToOpen failures in a row, at least 1
   * @param openFor how long no call goes through
   * @param nanoTime a monotonic clock
   */
  CircuitBreaker(int failuresToOpen, Duration openFor, LongSupplier nanoTime) {
    this.failuresToOpen = failuresToOpen;
    this.openNanos = openFor.toNanos();
    this.nanoTime = nanoTime;
  }

  /** Whether a call may be made; who is told yes reports how it went. */
  synchronized boolean permits() {
    if (failures < failuresToOpen) {
      return true;
    }
    if (trying || nanoTime.getAsLong() - openedAt < openNanos) {
      return false;
    }
    trying = true;
    return true;
  }

  synchronized void succeeded() {
    failures = 0;
    trying = false;
  }

  synchronized void failed() {
    failures = Math.min(failures + 1, failuresToOpen);
    if (failures == failuresToOpen) {
      openedAt = nanoTime.getAsLong();
    }
    trying = false;
  }
}
