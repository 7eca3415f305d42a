package dev.sponge.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.rl.UserError;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class BenchmarkSettingsTest {
  private static BenchmarkSettings settings(
      List<String> benchmarks, int samples, double temperature, double topP) {
    return new BenchmarkSettings(
        benchmarks,
        samples,
        temperature,
        topP,
        OptionalInt.empty(),
        OptionalInt.empty(),
        Optional.empty());
  }

  private static void assertRefused(ThrowingCallable made, String message) {
    assertThatThrownBy(made).isInstanceOf(UserError.class).hasMessageContaining(message);
  }

  @Test
  void whatContradictsItselfIsRefused() {
    List<String> one = List.of("aime24");
    assertThat(settings(one, 1, 0, 1).samples()).isEqualTo(1);
    assertRefused(() -> settings(one, 4, 0, 1), "--temperature 0 with --n 4");
    assertRefused(() -> settings(one, 0, 0.6, 1), "--n = 0 is out of range");
    assertRefused(() -> settings(one, 257, 0.6, 1), "--n = 257");
    assertRefused(() -> settings(one, 4, 0.6, 0), "--top-p = 0.0");
    assertRefused(() -> settings(one, 4, 0.6, 1.1), "--top-p = 1.1");
    assertRefused(() -> settings(one, 4, 11, 1), "--temperature = 11.0");
    assertRefused(() -> settings(List.of("a", "a"), 4, 0.6, 1), "names a benchmark twice");
    assertRefused(() -> settings(List.of("a", ""), 4, 0.6, 1), "names no benchmark");
    assertRefused(
        () ->
            new BenchmarkSettings(
                one, 4, 0.6, 1, OptionalInt.of(0), OptionalInt.empty(), Optional.empty()),
        "--max-tokens = 0");
    assertRefused(
        () ->
            new BenchmarkSettings(
                one, 4, 0.6, 1, OptionalInt.empty(), OptionalInt.of(0), Optional.empty()),
        "--problems = 0");
  }

  @Test
  void kIsAtMostTheNumberOfSamples() {
    assertThat(BenchmarkSettings.ks(List.of(), 16)).containsExactly(1, 16);
    assertThat(BenchmarkSettings.ks(List.of(8, 1), 8)).containsExactly(8, 1);
    assertRefused(() -> BenchmarkSettings.ks(List.of(9), 8), "--k 9");
    assertRefused(() -> BenchmarkSettings.ks(List.of(0), 8), "--k 0");
  }

  @Test
  void policiesAreNamedWithOrWithoutTheirRun() {
    assertThat(PolicyName.of("20")).isEqualTo(new PolicyName(Optional.empty(), 20));
    assertThat(PolicyName.of("main:0")).isEqualTo(new PolicyName(Optional.of("main"), 0));
    assertRefused(() -> PolicyName.of("main"), "RUN:VERSION");
    assertRefused(() -> PolicyName.of("main:-1"), "RUN:VERSION");
  }
}
