package dev.sponge.jobs.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.plan.MemoryPlan.Host;
import dev.sponge.jobs.plan.Moment.Phase;
import dev.sponge.jobs.plan.Workload.MicroBatch;
import dev.sponge.jobs.plan.Workload.Sampling;
import dev.sponge.rl.tensor.ComputeDtype;
import java.util.EnumSet;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What run.mode makes of a plan. */
class ModeMemoryTest {
  private static final Sampling SAMPLING = new Sampling(1, 2, 5, 12, 8, false);

  private static MemoryPlan sequential() {
    return MemoryPlan.of(
        new Workload(
            MemoryPlanTest.tiny(),
            ComputeDtype.BFLOAT16,
            false,
            Optional.empty(),
            Optional.empty(),
            1,
            new MicroBatch(4, 100, 20, false),
            SAMPLING,
            SAMPLING,
            6,
            6,
            0),
        new Host(1000, 3000));
  }

  private static Moment moment(MemoryPlan plan, Phase phase, String name) {
    return plan.moments().stream()
        .filter(m -> m.phase() == phase && m.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void trainingBesideSamplingHoldsBothWithOneGeneratorAndOneJvm() {
    MemoryPlan plan = sequential();
    Moment sample = moment(plan, Phase.ROLLOUT, "sample");
    Moment load = moment(plan, Phase.ROLLOUT, "load");
    Moment update = moment(plan, Phase.TRAIN, "update");
    long decoder = sample.of(Part.GENERATOR);

    Moment both = moment(plan.overlapped(), Phase.TRAIN, "update beside sample");
    assertThat(both.total()).isEqualTo(update.total() + sample.total() - decoder - 4000);
    assertThat(both.of(Part.CACHE)).isEqualTo(sample.of(Part.CACHE));
    assertThat(both.of(Part.LOGITS)).isEqualTo(update.of(Part.LOGITS) + sample.of(Part.LOGITS));
    assertThat(both.of(Part.GENERATOR)).isEqualTo(decoder);
    assertThat(moment(plan.overlapped(), Phase.TRAIN, "update beside load").total())
        .isEqualTo(update.total() + load.total() - decoder - 4000);
    assertThat(plan.overlapped().moments()).containsAll(plan.moments());
    assertThat(plan.overlapped().peak().total()).isGreaterThanOrEqualTo(both.total());
    assertThat(plan.overlapped().phases())
        .extracting(Moment::phase)
        .containsExactly(Phase.values());
  }

  @Test
  void explorationHasNoTraining() {
    MemoryPlan plan = sequential().of(EnumSet.of(Phase.ROLLOUT, Phase.EVALUATE));
    assertThat(plan.phases())
        .extracting(Moment::phase)
        .containsExactly(Phase.ROLLOUT, Phase.EVALUATE);
  }
}
