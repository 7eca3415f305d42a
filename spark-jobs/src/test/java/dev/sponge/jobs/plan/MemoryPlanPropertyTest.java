package dev.sponge.jobs.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.config.CriticConfig;
import dev.sponge.jobs.plan.MemoryPlan.Host;
import dev.sponge.jobs.plan.Workload.MicroBatch;
import dev.sponge.jobs.plan.Workload.Sampling;
import dev.sponge.rl.tensor.ComputeDtype;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class MemoryPlanPropertyTest {
  /** Workers, sequences and tokens of a pass, prompt, new tokens, rows, prompts, update. */
  private static Workload workload(
      int[] n, boolean checkpointing, Optional<CriticConfig.Backbone> critic) {
    Sampling sampling = new Sampling(n[0], n[6], n[5], n[3], n[4], false);
    return new Workload(
        MemoryPlanTest.tiny(),
        ComputeDtype.BFLOAT16,
        false,
        Optional.empty(),
        critic,
        n[0],
        new MicroBatch(n[1], n[2], n[3] + n[4], checkpointing),
        sampling,
        sampling,
        n[7],
        2 * n[7],
        0);
  }

  @Property(tries = 500)
  void moreOfAnythingNeverNeedsLess(
      @ForAll @Size(8) int[] seeds,
      @ForAll @IntRange(max = 7) int which,
      @ForAll @IntRange(min = 1, max = 300) int more,
      @ForAll boolean checkpointing,
      @ForAll Optional<CriticConfig.Backbone> critic) {
    int[] numbers = new int[8];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = 1 + Math.floorMod(seeds[i], 300);
    }
    MemoryPlan before = MemoryPlan.of(workload(numbers, checkpointing, critic), Host.NONE);
    numbers[which] += more;
    MemoryPlan after = MemoryPlan.of(workload(numbers, checkpointing, critic), Host.NONE);
    for (int i = 0; i < before.moments().size(); i++) {
      Moment smaller = before.moments().get(i);
      assertThat(after.moments().get(i).total())
          .as("%s %s", smaller.phase(), smaller.name())
          .isGreaterThanOrEqualTo(smaller.total());
    }
  }
}
