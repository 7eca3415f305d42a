package dev.sponge.rl.reward.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CircuitBreakerTest {
  private long now = Long.MAX_VALUE - 500; // nanoTime may overflow
  private final CircuitBreaker breaker = new CircuitBreaker(2, Duration.ofNanos(1_000), () -> now);

  @Test
  void itOpensAfterFailuresInARowOnly() {
    breaker.failed();
    breaker.succeeded();
    breaker.failed();
    assertThat(breaker.permits()).isTrue();
    breaker.failed();
    assertThat(breaker.permits()).isFalse();
  }

  @Test
  void afterAWhileOneMayTry() {
    breaker.failed();
    breaker.failed();
    now += 999;
    assertThat(breaker.permits()).isFalse();
    now += 1;
    assertThat(breaker.permits()).isTrue();
    assertThat(breaker.permits()).as("while the one tries").isFalse();
    breaker.failed();
    assertThat(breaker.permits()).as("failed again").isFalse();
    now += 1_000;
    assertThat(breaker.permits()).isTrue();
    breaker.succeeded();
    assertThat(breaker.permits()).isTrue();
    assertThat(breaker.permits()).isTrue();
    breaker.failed();
    assertThat(breaker.permits()).as("the count begins anew").isTrue();
  }
}
