package dev.sponge.rl.training;

import static dev.sponge.rl.objective.KlEstimator.FULL;
import static dev.sponge.rl.objective.KlEstimator.K2;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.sponge.rl.model.CausalLm;
import dev.sponge.rl.model.Critic;
import dev.sponge.rl.model.ModelConfig;
import dev.sponge.rl.model.ValueHead;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.objective.ClipRange;
import dev.sponge.rl.objective.KlEstimator;
import dev.sponge.rl.objective.KlSettings;
import dev.sponge.rl.objective.LossAggregation;
import dev.sponge.rl.objective.ObjectiveSettings;
import dev.sponge.rl.objective.PolicyLoss;
import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.tensor.ValueKernels.Head;
import dev.sponge.rl.training.TrainingSequence.Anchors;
import dev.sponge.rl.training.TrainingSequence.Signal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Policy and critic on one backbone, with one loss and one backward pass. */
class JointCriticTest {
  private NDManager manager;
  private Weights initial;
  private ValueHead head;
  private List<TrainingSequence> data;
  private final Map<String, CriticSequence> lessons = new HashMap<>();

  @BeforeEach
  void open() {
    manager = TorchEngine.newManager(Device.cpu());
    initial = policy(manager);
    head = ValueHead.random(initial.config(), 8, 0.3, manager);
    data = rollouts(initial, manager);
    for (TrainingSequence sequence : data) {
      int length = sequence.responseIds().length;
      float[] returns = new float[length];
      for (int t = 0; t < length; t++) {
        returns[t] = (length - t) / 10f;
      }
      lessons.put(sequence.rolloutId(), new CriticSequence(sequence, returns, new float[length]));
    }
  }

  @AfterEach
  void close() {
    manager.close();
  }

  static Weights policy(NDManager manager) {
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
    return Weights.random(config, 3, 0.3f, manager);
  }

  /** Fresh rollouts of random tokens and lengths, with the policy's own log-probs. */
  static List<TrainingSequence> rollouts(Weights policyWeights, NDManager manager) {
    int count = 10;
    Random random = new Random(5);
    List<TrainingSequence> bare = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[] prompt = random.ints(1 + random.nextInt(6), 2, 23).toArray();
      int[] response = random.ints(1 + random.nextInt(12), 1, 23).toArray();
      Signal signal = Signal.constant(random.nextGaussian(), response.length);
      bare.add(new TrainingSequence("r" + i, 0, prompt, response, 1, signal, null));
    }
    List<TrainingSequence> complete = new ArrayList<>();
    try (CausalLm policy = CausalLm.of(policyWeights, manager)) {
      List<CausalLm.Scored> scores = policy.score(bare, 5);
      for (int i = 0; i < count; i++) {
        TrainingSequence s = bare.get(i);
        float[] pi = scores.get(i).logprobs();
        complete.add(
            new TrainingSequence(
                s.rolloutId(),
                0,
                s.promptIds(),
                s.responseIds(),
                1,
                s.signal(),
                new Anchors(pi, pi, pi, pi, pi)));
      }
    }
    return complete;
  }

  private static OptimizerSettings optimizer(double rate) {
    return new OptimizerSettings(new LearningRateSchedule(rate, 0), .9, .95, 1e-8, 0, 1);
  }

  private static StepPlan plan(int sequences, double entropy) {
    return new StepPlan(
        4, 2, 2, MicroBatchLimits.ofSequences(sequences), 9, objective(K2, 0, entropy));
  }

  private static ObjectiveSettings objective(
      KlEstimator estimator, double coefficient, double entropy) {
    return new ObjectiveSettings(
        new PolicyLoss.MixPpgLoss(new ClipRange(.2f, .2f)),
        new KlSettings(coefficient, estimator, coefficient == 0 ? 1 : 0.7, true),
        entropy,
        LossAggregation.TOKEN_MEAN,
        14);
  }

  private CriticTrainer critic(ValueHead from) {
    TrainedCritic trained = TrainedCritic.shared(initial, from, ComputeDtype.FLOAT32, manager);
    return new CriticTrainer(trained, optimizer(1e-2), TrainerSettings.of(1), manager);
  }

  private PolicyTrainer policy(Weights from, Optional<JointCritic> critic, int workers) {
    return new PolicyTrainer(
        TrainedWeights.full(from, ComputeDtype.FLOAT32, manager),
        optimizer(1e-3),
        critic,
        TrainerSettings.of(workers),
        manager);
  }

  private JointCritic joint(CriticTrainer critic) {
    return new JointCritic(critic, lessons, 0.5, Double.POSITIVE_INFINITY);
  }

  @Test
  void everyParameterMovesAndTheBackboneFollowsTheValuesToo() {
    try (CriticTrainer critic = critic(head);
        PolicyTrainer both = policy(initial, Optional.of(joint(critic)), 2);
        PolicyTrainer alone = policy(initial, Optional.empty(), 2)) {
      StepReport report = both.step(data, plan(3, 1e-3));
      alone.step(data, plan(3, 1e-3));
      assertThat(report.metrics())
          .containsKeys("critic/vf_loss", "critic/vf_explained_var", "actor/pg_loss")
          .containsEntry("critic/lr", 1e-2)
          .containsEntry("actor/lr", 1e-3);
      Weights moved = both.snapshot(manager);
      Weights ofPolicy = alone.snapshot(manager);
      for (String name : moved.byName().keySet()) {
        float[] now = moved.get(name).toFloatArray();
        assertThat(now).as(name).isNotEqualTo(initial.get(name).toFloatArray());
        if (!name.equals("lm_head.weight")) {
          assertThat(now).as(name).isNotEqualTo(ofPolicy.get(name).toFloatArray());
        }
      }
      critic
          .critic()
          .head()
          .byName()
          .forEach(
              (name, now) ->
                  assertThat(now.toFloatArray())
                      .as(name)
                      .isNotEqualTo(head.byName().get(name).toFloatArray()));
    }
  }

  @Test
  void theHeadGetsTheGradientOfTheValueLossTimesTheCoefficient() {
    StepPlan once = new StepPlan(4, 1, 1, plan(3, 0).microBatches(), 9, plan(3, 0).objective());
    try (CriticTrainer apart = critic(head);
        CriticTrainer critic = critic(head);
        PolicyTrainer both = policy(initial, Optional.of(joint(critic)), 2)) {
      CriticReport alone =
          apart.update(
              List.copyOf(lessons.values()), once.microBatches(), Double.POSITIVE_INFINITY);
      Map<String, Double> metrics = both.step(data, once).metrics();
      assertThat(metrics.get("critic/vf_loss")).isCloseTo(alone.loss(), within(1e-5));
      assertThat(metrics.get("critic/grad_norm"))
          .isCloseTo(0.5 * alone.gradNorm(), within(1e-4 * alone.gradNorm()));
    }
  }

  @Test
  void theHeadLearnsTheSameBesideAKlOverTheVocabulary() {
    StepPlan sampled = new StepPlan(4, 1, 1, plan(3, 0).microBatches(), 9, objective(K2, 0, 0));
    StepPlan full = new StepPlan(4, 1, 1, plan(3, 0).microBatches(), 9, objective(FULL, 0.1, 0));
    Weights other = Weights.random(initial.config(), 4, 0.3f, manager);
    try (CausalLm base = CausalLm.of(other, manager);
        CausalLm precedent = CausalLm.of(initial, manager);
        CriticTrainer apart = critic(head);
        CriticTrainer critic = critic(head);
        PolicyTrainer without = policy(initial, Optional.of(joint(apart)), 2);
        PolicyTrainer with = policy(initial, Optional.of(joint(critic)), 2)) {
      Map<String, Double> expected = without.step(data, sampled).metrics();
      Optional<AnchorPolicies> anchors = Optional.of(new AnchorPolicies(base, precedent));
      Map<String, Double> metrics = with.step(data, full, anchors).metrics();
      for (String name : List.of("critic/vf_loss", "critic/grad_norm")) {
        assertThat(metrics.get(name)).as(name).isEqualTo(expected.get(name));
      }
      assertThat(metrics.get("actor/kl_base")).isGreaterThan(0.1);
      assertThat(metrics.get("actor/kl_precedent")).isCloseTo(0, within(1e-6));
      assertThat(metrics.get("actor/grad_norm"))
          .isNotCloseTo(expected.get("actor/grad_norm"), within(1e-3));
      assertThatThrownBy(() -> with.step(data, full))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("anchor policies go with the estimator FULL");
    }
  }

  /** No advantage, no KL, no entropy: what is left is the value loss. */
  @Test
  void theBackboneLearnsTheValues() {
    List<TrainingSequence> indifferent =
        data.stream()
            .map(
                s ->
                    new TrainingSequence(
                        s.rolloutId(),
                        0,
                        s.promptIds(),
                        s.responseIds(),
                        1,
                        Signal.constant(0, s.responseIds().length),
                        s.anchors()))
            .toList();
    try (CriticTrainer critic = critic(head);
        PolicyTrainer both = policy(initial, Optional.of(joint(critic)), 1)) {
      double first = both.step(indifferent, plan(16, 0)).metrics().get("critic/vf_loss");
      double last = first;
      for (int i = 0; i < 20; i++) {
        last = both.step(indifferent, plan(16, 0)).metrics().get("critic/vf_loss");
      }
      assertThat(last).isLessThan(0.05 * first);
    }
  }

  @Test
  void theCutIntoMicroBatchesChangesNothingBeyondRounding() {
    List<Double> losses = new ArrayList<>();
    for (int sequences : new int[] {1, 4, 16}) {
      try (CriticTrainer critic = critic(head);
          PolicyTrainer both =
              policy(initial, Optional.of(joint(critic)), sequences == 4 ? 3 : 1)) {
        both.step(data, plan(sequences, 1e-3));
        losses.add(both.step(data, plan(sequences, 1e-3)).metrics().get("critic/vf_loss"));
      }
    }
    assertThat(losses.get(1)).isCloseTo(losses.get(0), within(1e-3 * losses.get(0)));
    assertThat(losses.get(2)).isCloseTo(losses.get(0), within(1e-3 * losses.get(0)));
  }

  private String bytes(PolicyTrainer policy, CriticTrainer critic) {
    try (Weights now = policy.snapshot(manager)) {
      Head trained = critic.critic().head().head();
      return now.sha256()
          + Arrays.toString(trained.weight().toFloatArray())
          + Arrays.toString(trained.bias().toFloatArray());
    }
  }

  @Test
  void aStepAfterSavingAndLoadingHasTheSameBytes(@TempDir Path directory) throws Exception {
    Path ofPolicy = Files.createDirectories(directory.resolve("trainer"));
    Path ofCritic = directory.resolve("critic");
    String unbroken;
    Weights published;
    try (CriticTrainer critic = critic(head);
        PolicyTrainer both = policy(initial, Optional.of(joint(critic)), 2)) {
      both.step(data, plan(3, 1e-3));
      both.saveState(ofPolicy);
      critic.save(ofCritic);
      published = both.snapshot(manager);
      both.step(data, plan(3, 1e-3));
      unbroken = bytes(both, critic);
    }
    try (CriticTrainer critic = critic(ValueHead.load(ofCritic, initial.config(), manager));
        PolicyTrainer both = policy(published, Optional.of(joint(critic)), 2)) {
      critic.loadState(ofCritic);
      both.loadState(ofPolicy);
      both.step(data, plan(3, 1e-3));
      assertThat(bytes(both, critic)).isEqualTo(unbroken);
    }
  }

  @Test
  void aCriticOfItsOwnDoesNotJoin() {
    try (Critic own = Critic.fresh(initial, 8, 0.1, manager);
        CriticTrainer critic =
            new CriticTrainer(
                TrainedCritic.own(own, ComputeDtype.FLOAT32, manager),
                optimizer(1e-3),
                TrainerSettings.of(1),
                manager)) {
      assertThatThrownBy(() -> joint(critic))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("backbone of its own");
    }
  }
}
