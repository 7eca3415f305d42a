package dev.sponge.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.rl.UserError;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class InOrderTest {
  private static final List<Integer> ITEMS = IntStream.range(0, 40).boxed().toList();

  @Test
  void resultsStandInTheOrderOfTheItems() {
    for (int atOnce : new int[] {1, 8}) {
      assertThat(InOrder.map(ITEMS, atOnce, i -> i * i))
          .isEqualTo(ITEMS.stream().map(i -> i * i).toList());
      assertThatThrownBy(
              () ->
                  InOrder.map(
                      ITEMS,
                      atOnce,
                      i -> {
                        throw new UserError("item " + i);
                      }))
          .isInstanceOf(UserError.class)
          .hasMessage("item 0");
    }
  }

  @Test
  void asManyRunAtOnceAsAsked() {
    CyclicBarrier all = new CyclicBarrier(8);
    assertThat(
            InOrder.map(
                ITEMS,
                8,
                i -> {
                  try {
                    return all.await(60, TimeUnit.SECONDS) >= 0;
                  } catch (Exception e) {
                    throw new IllegalStateException(e);
                  }
                }))
        .hasSize(40)
        .containsOnly(true);
  }
}
