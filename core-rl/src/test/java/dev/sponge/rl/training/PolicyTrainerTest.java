package dev.sponge.rl.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.model.CausalLm;
import dev.sponge.rl.model.ModelConfig;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.objective.AsymReLoss;
import dev.sponge.rl.objective.BapoBounds;
import dev.sponge.rl.objective.BapoLoss;
import dev.sponge.rl.objective.CispoLoss;
import dev.sponge.rl.objective.ClipRange;
import dev.sponge.rl.objective.DecoupledPpoLoss;
import dev.sponge.rl.objective.GePpoLoss;
import dev.sponge.rl.objective.GspoLoss;
import dev.sponge.rl.objective.KlEstimator;
import dev.sponge.rl.objective.KlSettings;
import dev.sponge.rl.objective.LossAggregation;
import dev.sponge.rl.objective.ObjectiveSettings;
import dev.sponge.rl.objective.OnlineDpoLoss;
import dev.sponge.rl.objective.PolicyLoss;
import dev.sponge.rl.objective.PpoClipLoss;
import dev.sponge.rl.objective.ProximalRlooLoss;
import dev.sponge.rl.objective.RatioLevel;
import dev.sponge.rl.objective.ToprLoss;
import dev.sponge.rl.objective.TvLearningRate;
import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.training.TrainingSequence.Anchors;
import dev.sponge.rl.training.TrainingSequence.Signal;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class PolicyTrainerTest {
  private NDManager manager;
  private Weights initial;
  private Weights base;
  private List<TrainingSequence> data;

  @BeforeEach
  void open() {
    manager = TorchEngine.newManager(Device.cpu());
    ModelConfig config =
        ModelConfig.builder()
            .widths(32, 48)
            .layers(2)
            .heads(4, 2)
            .vocabSize(23)
            .maxPositions(64)
            .tieWordEmbeddings(false)
            .specialTokens(1, 0)
            .build();
    initial = Weights.random(config, 3, 0.3f, manager);
    base = Weights.random(config, 4, 0.3f, manager);
    data = rollouts(12);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  /**
   * Random responses of unequal length with the anchors' real log-probs; every third one is
   * replayed.
   */
  private List<TrainingSequence> rollouts(int count) {
    Random random = new Random(5);
    List<TrainingSequence> bare = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[] prompt = random.ints(1 + random.nextInt(6), 2, 23).toArray();
      int[] response = random.ints(1 + random.nextInt(14), 1, 23).toArray();
      int lag = i % 3 == 0 ? 1 : 0;
      bare.add(
          new TrainingSequence(
              "r" + i,
              lag,
              prompt,
              response,
              1,
              Signal.constant(random.nextGaussian(), response.length),
              null));
    }
    List<TrainingSequence> complete = new ArrayList<>();
    try (CausalLm current = CausalLm.of(initial, manager);
        CausalLm other = CausalLm.of(base, manager)) {
      List<CausalLm.Scored> currentScores = current.score(bare, 5);
      List<CausalLm.Scored> otherScores = other.score(bare, 5);
      for (int i = 0; i < count; i++) {
        TrainingSequence s = bare.get(i);
        float[] pi = currentScores.get(i).logprobs();
        float[] mu = pi.clone();
        for (int t = 0; t < mu.length && s.lag() > 0; t++) {
          mu[t] += (float) (0.2 * random.nextGaussian());
        }
        float[] anchor = otherScores.get(i).logprobs();
        complete.add(withAnchors(s, new Anchors(mu, pi, anchor, anchor, mu)));
      }
    }
    return complete;
  }

  private static TrainingSequence withAnchors(TrainingSequence s, Anchors anchors) {
    return new TrainingSequence(
        s.rolloutId(),
        s.lag(),
        s.promptIds(),
        s.responseIds(),
        s.temperature(),
        s.signal(),
        anchors);
  }

  private static ObjectiveSettings objective(LossAggregation aggregation) {
    return new ObjectiveSettings(
        new PolicyLoss.MixPpgLoss(new ClipRange(.2f, .2f)),
        new KlSettings(1e-2, KlEstimator.K2, 0.7, true),
        1e-3,
        aggregation,
        14);
  }

  private static StepPlan plan(int microBatch) {
    return new StepPlan(
        4,
        2,
        3,
        MicroBatchLimits.ofSequences(microBatch),
        9,
        objective(LossAggregation.TOKEN_MEAN));
  }

  private PolicyTrainer trainer(int workers) {
    return trainer(initial, workers);
  }

  private PolicyTrainer trainer(Weights from, int workers) {
    LearningRateSchedule rate = new LearningRateSchedule(1e-3, 2);
    OptimizerSettings settings = new OptimizerSettings(rate, .9, .95, 1e-8, .01, 1);
    TrainedWeights weights = TrainedWeights.full(from, ComputeDtype.FLOAT32, manager);
    return new PolicyTrainer(weights, settings, TrainerSettings.of(workers), manager);
  }

  @Test
  void aStepMovesEveryParameterAndLeavesTheInitialWeightsAlone() {
    String before = initial.sha256();
    try (PolicyTrainer trainer = trainer(2)) {
      trainer.step(data, plan(4));
      Weights after = trainer.snapshot(manager);
      after
          .byName()
          .forEach(
              (name, array) -> {
                float[] old = initial.get(name).toFloatArray();
                float[] now = array.toFloatArray();
                int moved = 0;
                for (int i = 0; i < old.length; i++) {
                  moved += old[i] != now[i] ? 1 : 0;
                }
                assertThat(moved).as(name).isPositive();
              });
    }
    try (NDManager again = TorchEngine.newManager(Device.cpu())) {
      assertThat(Weights.copyOf(initial.config(), initial.tensors(), again).sha256())
          .isEqualTo(before);
    }
  }

  @ParameterizedTest
  @EnumSource(LossAggregation.class)
  void theMicroBatchSizeAndTheNumberOfWorkersChangeNothingBeyondRounding(
      LossAggregation aggregation) {
    List<float[]> results = new ArrayList<>();
    for (int[] split : new int[][] {{1, 1}, {3, 2}, {64, 1}}) {
      try (PolicyTrainer trainer = trainer(split[1])) {
        trainer.step(
            data,
            new StepPlan(
                4, 2, 3, MicroBatchLimits.ofSequences(split[0]), 9, objective(aggregation)));
        results.add(flat(trainer.snapshot(manager)));
      }
    }
    for (float[] other : results.subList(1, results.size())) {
      float worst = 0;
      for (int i = 0; i < other.length; i++) {
        worst = Math.max(worst, Math.abs(other[i] - results.get(0)[i]));
      }
      assertThat(worst).isLessThan(2e-4f);
    }
  }

  static Stream<PolicyLoss> losses() {
    ClipRange clip = new ClipRange(.2f, .28f);
    return Stream.of(
        new PpoClipLoss(clip, OptionalDouble.of(3)),
        new DecoupledPpoLoss(clip),
        new GePpoLoss(clip),
        new GspoLoss(new ClipRange(.02f, .02f), false),
        new CispoLoss(clip),
        new ToprLoss(RatioLevel.SEQUENCE),
        new AsymReLoss(),
        new ProximalRlooLoss(clip),
        new BapoLoss(
            new BapoBounds.Search(
                .9,
                new BapoBounds.Range(.6, .9, .05),
                new BapoBounds.Range(1.2, 3, .1),
                BapoBounds.Share.GRADIENT)),
        new OnlineDpoLoss(.1, false));
  }

  @ParameterizedTest
  @MethodSource("losses")
  void everyLossTrainsAndIsCutIntoMicroBatchesWithoutAnotherResult(PolicyLoss loss) {
    ObjectiveSettings settings =
        new ObjectiveSettings(
            loss,
            new KlSettings(0, KlEstimator.K2, 1, true),
            0,
            LossAggregation.SEQ_MEAN_TOKEN_MEAN,
            14);
    List<TrainingSequence> even = data.subList(0, data.size() / 2 * 2);
    List<float[]> results = new ArrayList<>();
    for (int size : new int[] {2, 5, 64}) {
      try (PolicyTrainer trainer = trainer(1)) {
        StepPlan plan = new StepPlan(4, 1, 2, MicroBatchLimits.ofSequences(size), 9, settings);
        trainer.step(even, plan);
        results.add(flat(trainer.snapshot(manager)));
      }
    }
    float[] start = flat(initial);
    int moved = 0;
    for (int i = 0; i < start.length; i++) {
      moved += start[i] != results.get(0)[i] ? 1 : 0;
    }
    assertThat(moved).isGreaterThan(start.length / 2);
    for (float[] other : results.subList(1, results.size())) {
      float worst = 0;
      for (int i = 0; i < other.length; i++) {
        worst = Math.max(worst, Math.abs(other[i] - results.get(0)[i]));
      }
      assertThat(worst).isLessThan(2e-4f);
    }
  }

  @Test
  void theBoundsOfBapoFollowTheWholeMinibatch() {
    BapoBounds.Range low = new BapoBounds.Range(.6, .9, .05);
    BapoBounds.Range high = new BapoBounds.Range(1.2, 3, .1);
    List<Double> ends = new ArrayList<>();
    for (double target : new double[] {0, 1}) {
      PolicyLoss loss =
          new BapoLoss(new BapoBounds.Search(target, low, high, BapoBounds.Share.GRADIENT));
      ObjectiveSettings settings = objective(LossAggregation.TOKEN_MEAN).with(loss);
      try (PolicyTrainer trainer = trainer(2)) {
        StepPlan plan = new StepPlan(4, 1, 2, MicroBatchLimits.ofSequences(3), 9, settings);
        ends.add(trainer.step(data, plan).metrics().get("actor/clip_high"));
      }
    }
    assertThat(ends).as("met at once, and never met").containsExactly(1.2, 3.0);
  }

  @Test
  void sameInputsGiveTheSameBytes() {
    List<String> hashes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      try (PolicyTrainer trainer = trainer(2)) {
        trainer.step(data, plan(3));
        hashes.add(trainer.snapshot(manager).sha256());
      }
    }
    assertThat(hashes).containsOnly(hashes.get(0));
  }

  @Test
  void aTrainerThatIsSavedAndLoadedGoesOnAsIfItHadNotStopped(@TempDir Path directory) {
    String unbroken;
    try (PolicyTrainer trainer = trainer(2)) {
      trainer.step(data, plan(3));
      trainer.step(data, plan(3));
      unbroken = trainer.snapshot(manager).sha256();
    }
    Weights half;
    try (PolicyTrainer trainer = trainer(2)) {
      trainer.step(data, plan(3));
      half = trainer.snapshot(manager);
      trainer.saveState(directory);
    }
    try (PolicyTrainer trainer = trainer(half, 2)) {
      trainer.loadState(directory);
      trainer.step(data, plan(3));
      assertThat(trainer.snapshot(manager).sha256()).isEqualTo(unbroken);
    }
  }

  private static StepPlan adaptive(TvLearningRate learningRate) {
    ClipRange clip = new ClipRange(.1f, .1f);
    PolicyLoss loss = new GePpoLoss(clip, Optional.of(learningRate));
    ObjectiveSettings settings = objective(LossAggregation.TOKEN_MEAN).with(loss);
    return new StepPlan(4, 2, 3, MicroBatchLimits.ofSequences(3), 9, settings);
  }

  private static double learningRate(StepReport report) {
    return report.metrics().get("actor/lr");
  }

  @Test
  void theLearningRateOfGePpoFollowsTheTotalVariationOfTheWholeStep() {
    double epsilon = (double) .1f;
    List<Double> second = new ArrayList<>();
    List<StepReport> first = new ArrayList<>();
    for (TvLearningRate rate :
        List.of(
            new TvLearningRate(0, 1e-9, 2), // always too far
            new TvLearningRate(0, 1e9, 2), // always within
            new TvLearningRate(1e9, 1e9, 2))) { // never far enough
      try (PolicyTrainer trainer = trainer(2)) {
        first.add(trainer.step(data, adaptive(rate)));
        double[] sum = new double[2];
        try (CausalLm moved = CausalLm.of(trainer.snapshot(manager), manager)) {
          List<CausalLm.Scored> scores = moved.score(data, 5);
          for (int i = 0; i < data.size(); i++) {
            Anchors anchors = data.get(i).anchors();
            for (int t = 0; t < anchors.mu().length; t++) {
              double ratio = Math.exp(scores.get(i).logprobs()[t] - anchors.mu()[t]);
              sum[0] += Math.abs(ratio - Math.exp(anchors.current()[t] - anchors.mu()[t])) / 2;
              sum[1]++;
            }
          }
        }
        assertThat(first.get(first.size() - 1).metrics().get("actor/total_variation"))
            .isCloseTo(sum[0] / sum[1], within(1e-4));
        second.add(learningRate(trainer.step(data, adaptive(rate))));
      }
    }
    assertThat(first).allSatisfy(report -> assertThat(learningRate(report)).isEqualTo(1e-3));
    assertThat(first.get(0).metrics().get("actor/total_variation")).isGreaterThan(epsilon * 1e-3);
    assertThat(second).containsExactly(5e-4, 1e-3, 2e-3);
  }

  @Test
  void theAdaptedLearningRateGoesOnWhereItStopped(@TempDir Path directory) {
    TvLearningRate rate = new TvLearningRate(0, 1e-9, 1.03);
    String unbroken;
    double lastRate;
    try (PolicyTrainer trainer = trainer(2)) {
      trainer.step(data, adaptive(rate));
      lastRate = learningRate(trainer.step(data, adaptive(rate)));
      unbroken = trainer.snapshot(manager).sha256();
    }
    Weights half;
    try (PolicyTrainer trainer = trainer(2)) {
      trainer.step(data, adaptive(rate));
      half = trainer.snapshot(manager);
      trainer.saveState(directory);
    }
    try (PolicyTrainer trainer = trainer(half, 2)) {
      trainer.loadState(directory);
      StepReport report = trainer.step(data, adaptive(rate));
      assertThat(learningRate(report)).isEqualTo(lastRate).isCloseTo(1e-3 / 1.03, within(1e-15));
      assertThat(trainer.snapshot(manager).sha256()).isEqualTo(unbroken);
      trainer.resetOptimizer();
      assertThat(learningRate(trainer.step(data, plan(3)))).isEqualTo(1e-3);
    }
  }

  @Test
  void firstPassMetricsAreThoseOfThePolicyItself() {
    List<TrainingSequence> fresh = data.stream().filter(s -> s.lag() == 0).toList();
    try (PolicyTrainer trainer = trainer(1)) {
      StepPlan onePass =
          new StepPlan(
              0, 1, 1, MicroBatchLimits.ofSequences(4), 9, objective(LossAggregation.TOKEN_MEAN));
      StepReport report = trainer.step(fresh, onePass);
      assertThat(report.metrics().get("actor/ratio/mean")).isCloseTo(1, within(1e-4));
      assertThat(report.metrics().get("actor/ratio/max")).isCloseTo(1, within(1e-3));
      assertThat(report.metrics().get("actor/ppo_kl")).isCloseTo(0, within(1e-4));
      assertThat(report.metrics().get("actor/pg_clipfrac")).isZero();
      assertThat(report.rollouts()).hasSize(fresh.size());
      double advantages = 0;
      double tokens = 0;
      for (TrainingSequence s : fresh) {
        advantages += s.signal().meanAdvantage() * s.responseIds().length;
        tokens += s.responseIds().length;
      }
      assertThat(report.metrics().get("actor/pg_loss"))
          .isCloseTo(-advantages / tokens, within(1e-4));
    }
  }

  @Test
  void everyPassReportsEveryRolloutOnce() {
    try (PolicyTrainer trainer = trainer(2)) {
      StepReport report = trainer.step(data, plan(4));
      for (int pass = 0; pass < 2; pass++) {
        int wanted = pass;
        assertThat(report.rollouts().stream().filter(r -> r.pass() == wanted))
            .extracting(StepReport.RolloutReport::rolloutId)
            .containsExactlyInAnyOrderElementsOf(
                data.stream().map(TrainingSequence::rolloutId).toList());
      }
      assertThat(report.metrics().get("actor/updates")).isEqualTo(6);
    }
  }

  @Test
  void aLossThatIsNotFiniteNamesStepAndRollout() {
    TrainingSequence broken = data.get(3);
    float[] mu = broken.anchors().mu().clone();
    mu[0] = Float.NaN;
    Anchors anchors = broken.anchors();
    List<TrainingSequence> bad = new ArrayList<>(data);
    bad.set(
        3,
        withAnchors(
            broken, new Anchors(mu, anchors.current(), anchors.base(), anchors.precedent(), mu)));
    try (PolicyTrainer trainer = trainer(2)) {
      assertThatThrownBy(() -> trainer.step(bad, plan(1)))
          .isInstanceOf(SpongeException.class)
          .hasMessageContaining("step 4")
          .hasMessageContaining("r3")
          .hasMessageContaining("nothing was published");
    }
  }

  @Test
  void supervisedUpdatesLowerTheLoss() {
    try (PolicyTrainer trainer = trainer(2)) {
      double first = trainer.supervise(data, MicroBatchLimits.ofSequences(4));
      double last = first;
      for (int i = 0; i < 40; i++) {
        last = trainer.supervise(data, MicroBatchLimits.ofSequences(4));
      }
      assertThat(last).isLessThan(0.8 * first);
    }
  }

  @Test
  void aGarbageCollectionInTheMiddleOfAStepChangesNoBit() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    Thread collector =
        new Thread(
            () -> {
              // Takes freed buffers again at once, with other content.
              Deque<ByteBuffer> buffers = new ArrayDeque<>();
              while (!done.get()) {
                System.gc();
                for (int i = 0; i < 300; i++) {
                  ByteBuffer buffer = ByteBuffer.allocateDirect(4 << i % 7);
                  for (int at = 0; at < buffer.capacity(); at++) {
                    buffer.put((byte) 0x41);
                  }
                  buffers.add(buffer);
                }
                while (buffers.size() > 300) {
                  buffers.remove();
                }
              }
            });
    Set<String> hashes = new TreeSet<>();
    collector.start();
    try {
      for (int i = 0; i < 12; i++) {
        try (PolicyTrainer trainer = trainer(2)) {
          trainer.step(data, plan(2));
          hashes.add(trainer.snapshot(manager).sha256());
        }
      }
    } finally {
      done.set(true);
      collector.join();
    }
    assertThat(hashes).hasSize(1);
  }

  @Test
  void manyStepsLeaveNoNativeArraysBehind() {
    try (PolicyTrainer trainer = trainer(2)) {
      trainer.step(data, plan(4));
      int before = manager.getManagedArrays().size();
      for (int i = 0; i < 5; i++) {
        trainer.step(data, plan(4));
      }
      assertThat(manager.getManagedArrays().size()).isEqualTo(before);
    }
  }

  private static float[] flat(Weights weights) {
    int size = (int) weights.numParameters();
    float[] all = new float[size];
    int at = 0;
    for (var array : weights.tensors()) {
      float[] values = array.toFloatArray();
      System.arraycopy(values, 0, all, at, values.length);
      at += values.length;
    }
    return all;
  }
}
