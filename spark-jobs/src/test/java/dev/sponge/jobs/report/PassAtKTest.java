package dev.sponge.jobs.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sponge.jobs.report.PassAtK.Count;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PassAtKTest {
  @Property(tries = 200)
  void theEstimateIsTheShareOfSubsetsWithARightResponse(
      @ForAll @IntRange(min = 1, max = 10) int n,
      @ForAll @IntRange(max = 10) int c,
      @ForAll @IntRange(min = 1, max = 10) int k) {
    if (c > n || k > n) {
      return;
    }
    int subsets = 0;
    int withRight = 0;
    for (int bits = 0; bits < 1 << n; bits++) {
      if (Integer.bitCount(bits) == k) {
        subsets++;
        // The right responses are the first c.
        withRight += (bits & ((1 << c) - 1)) != 0 ? 1 : 0;
      }
    }
    assertThat(PassAtK.estimate(n, c, k)).isCloseTo((double) withRight / subsets, within(1e-12));
  }

  @Property(tries = 200)
  void moreResponsesDrawnAreNeverWorse(
      @ForAll @IntRange(min = 1, max = 256) int n, @ForAll @IntRange(max = 256) int c) {
    if (c > n) {
      return;
    }
    double before = 0;
    for (int k = 1; k <= n; k++) {
      double now = PassAtK.estimate(n, c, k);
      assertThat(now).isBetween(before - 1e-12, 1.0);
      before = now;
    }
    assertThat(PassAtK.estimate(n, c, 1)).isCloseTo((double) c / n, within(1e-12));
  }

  @Test
  void theMeanIsOverProblems() {
    List<Count> problems = List.of(new Count(4, 0), new Count(4, 2), new Count(4, 4));
    assertThat(PassAtK.mean(problems, 1).getAsDouble()).isCloseTo(0.5, within(1e-12));
    // 1 - C(2,2)/C(4,2) = 5/6 for the middle one.
    assertThat(PassAtK.mean(problems, 2).getAsDouble()).isCloseTo(11.0 / 18, within(1e-12));
  }

  @Test
  void aProblemWithFewerResponsesIsLeftOut() {
    List<Count> problems = List.of(new Count(4, 2), new Count(1, 0));
    assertThat(PassAtK.mean(problems, 2).getAsDouble()).isCloseTo(5.0 / 6, within(1e-12));
    assertThat(PassAtK.mean(problems, 5)).isEmpty();
  }

  @Test
  void moreThanWasSampledCannotBeEstimated() {
    assertThatThrownBy(() -> PassAtK.estimate(4, 1, 8))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
