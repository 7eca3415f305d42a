package dev.sponge.jobs.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sponge.jobs.config.CriticConfig.Backbone;
import dev.sponge.jobs.plan.MemoryPlan.Host;
import dev.sponge.jobs.plan.Moment.Phase;
import dev.sponge.jobs.plan.Workload.MicroBatch;
import dev.sponge.jobs.plan.Workload.Sampling;
import dev.sponge.rl.model.Architecture;
import dev.sponge.rl.model.LoraSettings;
import dev.sponge.rl.model.ModelConfig;
import dev.sponge.rl.model.Projection;
import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.tensor.DecoderKernels;
import dev.sponge.rl.training.MicroBatchLimits;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Sizes that were computed by hand; E 8, I 16, L 2, H 4, K 2, D 2, V 10: 1,272 parameters. */
class MemoryPlanTest {
  private static final Sampling SAMPLING = new Sampling(1, 2, 5, 12, 8, false);

  static ModelConfig tiny() {
    return sized(8);
  }

  private static ModelConfig sized(int width) {
    return ModelConfig.builder()
        .architecture(Architecture.LLAMA)
        .widths(width, 2 * width)
        .layers(2)
        .heads(4, 2)
        .vocabSize(10)
        .maxPositions(64)
        .attentionBias(false)
        .specialTokens(1, 0)
        .build();
  }

  private static Workload workload(
      ComputeDtype dtype, Optional<LoraSettings> lora, int workers, boolean checkpointing) {
    return new Workload(
        tiny(),
        dtype,
        false,
        lora,
        Optional.empty(),
        workers,
        new MicroBatch(4, 100, 20, checkpointing),
        SAMPLING,
        SAMPLING,
        6,
        6,
        0);
  }

  private static Workload bfloat16() {
    return workload(ComputeDtype.BFLOAT16, Optional.empty(), 1, false);
  }

  private static Workload withAnchors(Workload w) {
    return new Workload(
        w.model(),
        w.dtype(),
        w.gpu(),
        w.lora(),
        w.critic(),
        w.workers(),
        w.microBatch(),
        w.rollout(),
        w.evaluation(),
        w.updateSequences(),
        w.scoreSequences(),
        2);
  }

  @Test
  void anchorsThatRunBesideTheTrainedPolicyAreCountedWithTheirLogProbs() {
    Map<Part, Long> without = parts(bfloat16(), "TRAIN", "update");
    Map<Part, Long> with = parts(withAnchors(bfloat16()), "TRAIN", "update");
    long decoder = without.get(Part.GENERATOR);
    assertThat(without).doesNotContainKey(Part.ANCHOR);
    assertThat(with.get(Part.ANCHOR)).isEqualTo(2 * decoder);
    assertThat(parts(withAnchors(bfloat16()), "TRAIN", "load"))
        .containsEntry(Part.ANCHOR, 2 * decoder);
    assertThat(parts(withAnchors(bfloat16()), "PUBLISH", "copy"))
        .containsEntry(Part.ANCHOR, 2 * decoder);
    long rows = bfloat16().trainedTokens() * tiny().vocabSize() * Float.BYTES;
    // Two kept arrays, and three at work.
    assertThat(with.get(Part.LOGITS) - without.get(Part.LOGITS)).isEqualTo(5 * rows);
  }

  private static Map<Part, Long> parts(Workload work, String phase, String name) {
    return MemoryPlan.of(work, Host.NONE).moments().stream()
        .filter(m -> m.phase() == Phase.valueOf(phase) && m.name().equals(name))
        .findFirst()
        .orElseThrow()
        .bytes();
  }

  @Test
  void theTinyModelHas1272Parameters() {
    assertThat(tiny().numParameters()).isEqualTo(1272);
  }

  @Test
  void loadingHoldsOldAndNewGeneratorAndTheFile() {
    assertThat(parts(bfloat16(), "ROLLOUT", "load"))
        .isEqualTo(Map.of(Part.GENERATOR, 2 * 2544L, Part.READ, 5088L));
  }

  @Test
  void samplingHoldsCachePromptsAndLogits() {
    // cache: 8 rows, 32 positions, 2 layers of keys and values of 4 bfloat16
    // prompts: 24 tokens of 32 cached bytes and 240 of a layer, 2 rows of logits in both dtypes
    assertThat(parts(bfloat16(), "ROLLOUT", "sample"))
        .isEqualTo(
            Map.of(
                Part.GENERATOR,
                2544L,
                Part.CACHE,
                8 * 32 * 32L,
                Part.PREFILL,
                24 * (32 + 240) + 2 * 10 * 6L,
                Part.LOGITS,
                8 * 10 * 4 * 5L));
  }

  @Test
  void aCacheThatGrowsIsTwoCachesForAMoment() {
    TensorSizes sizes = new TensorSizes(tiny(), ComputeDtype.BFLOAT16, false);
    assertThat(sizes.cache(new Sampling(1, 2, 5, 12, 20, false))).isEqualTo(8 * (64 + 32) * 32L);
  }

  @Test
  void scoringHoldsGeneratorAndOneAnchor() {
    assertThat(parts(bfloat16(), "SCORE", "score"))
        .isEqualTo(
            Map.of(
                Part.GENERATOR,
                2544L,
                Part.ANCHOR,
                2544L,
                Part.ACTIVATIONS,
                6 * 20 * 240L,
                Part.FREED,
                6 * 20 * 240L / 5,
                Part.LOGITS,
                6 * 20 * 10 * 4 * 3L));
  }

  @Test
  void trainingHoldsTheGeneratorTheTrainerAndTheActivations() {
    // a token keeps in each of 2 layers 8 + 16 + 8 + 8 + 32 bfloat16 and 4 float32, 8 bfloat16
    // behind
    // them; its way back takes 3 * 8 + 2 * 16 + 7 * 8 bfloat16. The head's gradient: 80 of 6 bytes.
    assertThat(parts(bfloat16(), "TRAIN", "update"))
        .isEqualTo(
            Map.of(
                Part.GENERATOR,
                2544L,
                Part.MASTER,
                5088L,
                Part.COMPUTE,
                2544L,
                Part.GRADIENTS,
                5088L,
                Part.MOMENTS,
                2 * 5088L,
                Part.ACTIVATIONS,
                80 * (2 * (144 + 16) + 16 + 240L),
                Part.FREED,
                5088 + 16 * (2 * (144 + 16) + 16 + 240L),
                Part.LOGITS,
                80 * 10 * 4 + 80 * 10 * 4 * 3 / 2 + 80 * 6L));
  }

  @Test
  void checkpointingKeepsTheInputsAndOneLayer() {
    Workload work = workload(ComputeDtype.BFLOAT16, Optional.empty(), 1, true);
    assertThat(parts(work, "TRAIN", "update"))
        .containsEntry(Part.ACTIVATIONS, 80 * (3 * 16 + 144 + 240L))
        .containsEntry(Part.LOGITS, 80 * 10 * 4 * 3 + 80 * 6L);
  }

  @Test
  void float32TrainsTheWeightsThatItMultipliesWith() {
    Workload work = workload(ComputeDtype.FLOAT32, Optional.empty(), 1, false);
    assertThat(parts(work, "TRAIN", "update"))
        .doesNotContainKey(Part.COMPUTE)
        .containsEntry(Part.MASTER, 5088L)
        .containsEntry(Part.GENERATOR, 5088L)
        .containsEntry(Part.LOGITS, 80 * 10 * 4 + 80 * 10 * 4 * 3 / 2L);
  }

  @Test
  void everyWorkerHasGradientsAndAMicroBatchAsFarAsThereAreSequences() {
    Workload work = workload(ComputeDtype.BFLOAT16, Optional.empty(), 3, false);
    assertThat(parts(work, "TRAIN", "update"))
        .containsEntry(Part.GRADIENTS, 3 * 5088L)
        .containsEntry(Part.ACTIVATIONS, 6 * 20 * (2 * (144 + 16) + 16 + 240L));
  }

  @Test
  void anAdapterHasGradientsAndMomentsOfItsFactorsAlone() {
    LoraSettings lora = new LoraSettings(2, 4, List.of(Projection.Q));
    Workload work = workload(ComputeDtype.FLOAT32, Optional.of(lora), 1, false);
    // rank 2, (8 + 8) columns and rows, 2 layers, float32
    long factors = 2 * (8 + 8) * 2 * 4;
    assertThat(parts(work, "TRAIN", "update"))
        .containsEntry(Part.MASTER, 5088 + factors)
        .containsEntry(Part.COMPUTE, 5088L)
        .containsEntry(Part.GRADIENTS, factors)
        .containsEntry(Part.MOMENTS, 2 * factors);
    assertThat(parts(work, "PUBLISH", "copy")).containsEntry(Part.SNAPSHOT, 2 * 5088L);
    assertThat(parts(bfloat16(), "PUBLISH", "copy")).containsEntry(Part.SNAPSHOT, 5088L);
  }

  @Test
  void aTiedHeadInALayoutOfItsOwnIsACopy() {
    assumeTrue(DecoderKernels.reordersMatrices(false, 256), "products without oneDNN here");
    ModelConfig wide = sized(256);
    TensorSizes sizes = new TensorSizes(wide, ComputeDtype.BFLOAT16, false);
    assertThat(sizes.decoder()).isEqualTo(2 * (wide.numParameters() + 10 * 256));
    assertThat(sizes.conversion()).isEqualTo(2 * wide.numParameters());
    TensorSizes onGpu = new TensorSizes(wide, ComputeDtype.BFLOAT16, true);
    assertThat(onGpu.decoder()).isEqualTo(2 * wide.numParameters());
  }

  @Test
  void thePeakIsTheLargestMomentWithTheHostsShare() {
    MemoryPlan plan = MemoryPlan.of(bfloat16(), new Host(7, 11));
    long tensors = 2544 + 5088 + 2544 + 3 * 5088 + 80 * 576 + 80 * 100 + 480;
    tensors += 5088 + 16 * 576;
    assertThat(plan.peak().phase()).isEqualTo(Phase.TRAIN);
    assertThat(plan.peak().total()).isEqualTo(tensors + 18);
    assertThat(plan.fits(tensors + 18)).isTrue();
    assertThat(plan.fits(tensors + 17)).isFalse();
    assertThat(plan.phases()).extracting(Moment::phase).containsExactly(Phase.values());
  }

  @Test
  void theRemedyFollowsTheLargestPart() {
    assertThat(remedy(bfloat16(), Map.of(Part.HEAP, 1L, Part.ACTIVATIONS, 2L)))
        .isEqualTo("training.activation_checkpointing = true");
    assertThat(remedy(workload(ComputeDtype.FLOAT32, Optional.empty(), 2, true), activations()))
        .isEqualTo("engine.workers = 1");
    assertThat(remedy(workload(ComputeDtype.FLOAT32, Optional.empty(), 1, true), activations()))
        .isEqualTo("training.micro_batch_tokens below 80");
    assertThat(remedy(bfloat16(), Map.of(Part.READ, 3L, Part.MOMENTS, 2L)))
        .isEqualTo("adapter.kind = lora");
    assertThat(remedy(bfloat16(), Map.of(Part.GENERATOR, 3L)))
        .isEqualTo("a smaller model or more memory");
    Workload wide = workload(ComputeDtype.FLOAT32, Optional.empty(), 1, true);
    assertThat(remedy(wide, Map.of(Part.GENERATOR, 3L))).isEqualTo("engine.dtype = bfloat16");
    assertThat(remedy(wide, Map.of(Part.CACHE, 3L))).isEqualTo("rollout.batch_rows below 5");
  }

  @Test
  void aMeasurementOfTrainingHasNoGeneratorAndNoHeap() {
    BenchMemory bench = new BenchMemory(tiny(), ComputeDtype.BFLOAT16, false);
    long update = 5088 + 2544 + 3 * 5088 + 80 * 576 + 80 * 100 + 480;
    assertThat(bench.training(new MicroBatchLimits(4, 100), 20, false, Optional.empty()))
        .isEqualTo(update + 5088 + 16 * 576 + (300L << 20));
    BenchMemory onGpu = new BenchMemory(tiny(), ComputeDtype.BFLOAT16, true);
    // The weights of attention in bfloat16, for 20 positions, in the place of a normaliser in
    // float32.
    long weights = 80 * 2 * (4 * 20 * 2 - 4 * 4);
    assertThat(onGpu.training(new MicroBatchLimits(4, 100), 20, false, Optional.empty()))
        .isEqualTo(update + weights);
  }

  @Test
  void aMeasurementOfGenerationHoldsOneGenerator() {
    BenchMemory bench = new BenchMemory(tiny(), ComputeDtype.BFLOAT16, true);
    // One prompt of one token, in a cache of 8 rows and 32 positions.
    assertThat(bench.generation(1, 1, 1))
        .isEqualTo(2544 + 8 * 32 * 32 + (32 + 136 + 96) + 10 * 6 + 8 * 10 * 4 * 5);
    assertThat(bench.generation(5, 12, 20))
        .isEqualTo(2544 + 8 * 96 * 32 + prefill() + 8 * 10 * 4 * 5);
  }

  private static long prefill() {
    // A layer at work on a GPU, in bfloat16: what it saves, its input and output, the gate's
    // products.
    long layer = 2 * (16 + 8 + 8 + 32 + 4 * 12) + 2 * (16 + 32);
    return 5 * 12 * (32 + layer) + 5 * 10 * 6;
  }

  private static Workload with(Backbone critic, Workload w) {
    return new Workload(
        w.model(),
        w.dtype(),
        w.gpu(),
        w.lora(),
        Optional.of(critic),
        w.workers(),
        w.microBatch(),
        w.rollout(),
        w.evaluation(),
        w.updateSequences(),
        w.scoreSequences(),
        w.trainingAnchors());
  }

  @Test
  void aCriticOfItsOwnIsASecondModelThatStaysBesideTheTrainer() {
    Workload work = workload(ComputeDtype.BFLOAT16, Optional.empty(), 3, false);
    // 1,272 parameters, and a head of 9.
    long trained = 4 * (1272 + 9);
    Map<Part, Long> critic =
        Map.of(
            Part.CRITIC_WEIGHTS,
            trained + 2 * 1272,
            Part.CRITIC_GRADIENTS,
            3 * trained,
            Part.CRITIC_MOMENTS,
            2 * trained);
    long activations = 6 * 20 * (2 * (144 + 16) + 16 + 240L);
    Workload own = with(Backbone.OWN, work);
    assertThat(parts(own, "TRAIN", "critic update"))
        .containsAllEntriesOf(critic)
        .containsEntry(Part.GENERATOR, 2544L)
        .containsEntry(Part.ACTIVATIONS, activations)
        .containsEntry(Part.FREED, 5088 + activations / 5)
        .doesNotContainKeys(Part.LOGITS, Part.MASTER, Part.MOMENTS);
    assertThat(parts(own, "TRAIN", "critic load"))
        .containsAllEntriesOf(critic)
        .containsEntry(Part.READ, 5088L);
    for (String moment : List.of("load", "update")) {
      assertThat(parts(own, "TRAIN", moment))
          .containsAllEntriesOf(critic)
          .containsAllEntriesOf(parts(work, "TRAIN", moment));
    }
    assertThat(parts(own, "PUBLISH", "copy")).containsAllEntriesOf(critic);
    assertThat(parts(own, "SCORE", "score")).isEqualTo(parts(work, "SCORE", "score"));
  }

  @Test
  void aCriticOnTheSharedBackboneIsACopyOfThePolicyAndAHead() {
    Workload shared = with(Backbone.SHARED, bfloat16());
    assertThat(parts(shared, "TRAIN", "critic update"))
        .containsEntry(Part.CRITIC_WEIGHTS, 2544L + 4 * 9)
        .containsEntry(Part.CRITIC_GRADIENTS, 4 * 9L)
        .containsEntry(Part.CRITIC_MOMENTS, 2 * 4 * 9L)
        .containsEntry(Part.ACTIVATIONS, 80 * 240L);
    assertThat(parts(shared, "TRAIN", "update")).containsEntry(Part.CRITIC_WEIGHTS, 2544L + 4 * 9);
  }

  @Test
  void theRemedyOfACriticIsThePolicysBackbone() {
    Map<Part, Long> weights = Map.of(Part.CRITIC_WEIGHTS, 1L);
    assertThat(remedy(with(Backbone.OWN, bfloat16()), weights))
        .isEqualTo("critic.backbone = shared");
    Workload wide = workload(ComputeDtype.FLOAT32, Optional.empty(), 2, true);
    assertThat(remedy(with(Backbone.SHARED, wide), weights)).isEqualTo("engine.dtype = bfloat16");
    assertThat(remedy(with(Backbone.OWN, wide), Map.of(Part.CRITIC_GRADIENTS, 1L)))
        .isEqualTo("engine.workers = 1");
  }

  private static Map<Part, Long> activations() {
    return Map.of(Part.ACTIVATIONS, 1L);
  }

  private static String remedy(Workload work, Map<Part, Long> bytes) {
    return new Remedy(work).of(new Moment(Phase.TRAIN, "update", bytes));
  }
}
