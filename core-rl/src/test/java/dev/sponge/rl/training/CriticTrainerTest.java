package dev.sponge.rl.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import dev.sponge.rl.model.Critic;
import dev.sponge.rl.model.ModelConfig;
import dev.sponge.rl.model.TokenSequence;
import dev.sponge.rl.model.ValueHead;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.tensor.TorchEngine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CriticTrainerTest {
  private static final int VOCABULARY = 23;
  private static final int END = 1;
  private static final MicroBatchLimits LIMITS = MicroBatchLimits.ofSequences(4);

  private NDManager manager;
  private Weights policy;
  private Critic initial;
  private List<CriticSequence> data;

  private record Row(int[] promptIds, int[] responseIds) implements TokenSequence {
    @Override
    public double temperature() {
      return 1;
    }
  }

  @BeforeEach
  void open() {
    manager = TorchEngine.newManager(Device.cpu());
    policy = policy(manager);
    initial = Critic.fresh(policy, 8, 0.1, manager);
    data = rows(12);
  }

  static Weights policy(NDManager manager) {
    ModelConfig config =
        ModelConfig.builder()
            .widths(32, 48)
            .layers(2)
            .heads(4, 2)
            .vocabSize(VOCABULARY)
            .maxPositions(32)
            .tieWordEmbeddings(false)
            .specialTokens(END, 0)
            .build();
    return Weights.random(config, 3, 0.3f, manager);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  /**
   * Random tokens; the first one of a prompt is the length of the response, the return what is left
   * of it.
   */
  static List<CriticSequence> rows(int count) {
    Random random = new Random(5);
    List<CriticSequence> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int length = 1 + random.nextInt(10);
      int[] prompt = random.ints(2 + random.nextInt(5), 2, VOCABULARY).toArray();
      prompt[0] = 2 + length;
      int[] response = random.ints(length, 2, VOCABULARY).toArray();
      float[] returns = new float[length];
      for (int t = 0; t < length; t++) {
        returns[t] = (length - t) / 10f;
      }
      rows.add(new CriticSequence(new Row(prompt, response), returns, new float[length]));
    }
    return rows;
  }

  private static OptimizerSettings optimizer(double rate) {
    return new OptimizerSettings(new LearningRateSchedule(rate, 2), .9, .95, 1e-8, 0, 1);
  }

  private CriticTrainer trainer(Critic from, int workers) {
    TrainedCritic trained = TrainedCritic.own(from, ComputeDtype.FLOAT32, manager);
    return new CriticTrainer(trained, optimizer(1e-3), TrainerSettings.of(workers), manager);
  }

  private CriticTrainer sharing(ValueHead head) {
    TrainedCritic trained = TrainedCritic.shared(policy, head, ComputeDtype.FLOAT32, manager);
    return new CriticTrainer(trained, optimizer(1e-2), TrainerSettings.of(2), manager);
  }

  private static void update(CriticTrainer trainer, List<CriticSequence> rows) {
    trainer.update(rows, LIMITS, 0.5);
  }

  private String sha(CriticTrainer trainer) {
    try (Critic now = trainer.snapshot(manager)) {
      return now.backbone().sha256()
          + Arrays.toString(now.head().head().weight().toFloatArray())
          + Arrays.toString(now.head().head().bias().toFloatArray());
    }
  }

  @Test
  void anUpdateMovesEveryParameterAndLeavesTheInitialCriticAlone() {
    String before = initial.backbone().sha256();
    float[] weight = initial.head().head().weight().toFloatArray();
    try (CriticTrainer trainer = trainer(initial, 2)) {
      update(trainer, data);
      update(trainer, data);
      Critic after = trainer.snapshot(manager);
      after
          .backbone()
          .byName()
          .forEach((name, array) -> moved(name, initial.backbone().get(name), array));
      after
          .head()
          .byName()
          .forEach((name, array) -> moved(name, initial.head().byName().get(name), array));
    }
    assertThat(initial.head().head().weight().toFloatArray()).isEqualTo(weight);
    try (Weights copy =
        Weights.copyOf(initial.backbone().config(), initial.backbone().tensors(), manager)) {
      assertThat(copy.sha256()).isEqualTo(before);
    }
  }

  private static void moved(String name, NDArray old, NDArray now) {
    assertThat(now.toFloatArray()).as(name).isNotEqualTo(old.toFloatArray());
  }

  @Test
  void aFreshCriticWithoutSpreadValuesEveryStateAtZero() {
    try (CriticTrainer trainer = trainer(Critic.fresh(policy, 8, 0, manager), 1)) {
      for (float[] values : trainer.values(data, LIMITS)) {
        assertThat(values).containsOnly(0f);
      }
    }
  }

  @Test
  void valuesComeInTheOrderOfTheSequencesWhateverTheMicroBatches() {
    try (CriticTrainer one = trainer(initial, 1);
        CriticTrainer three = trainer(initial, 3)) {
      List<float[]> alone = one.values(data, MicroBatchLimits.ofSequences(1));
      List<float[]> together = three.values(data, new MicroBatchLimits(5, 40));
      for (int i = 0; i < data.size(); i++) {
        assertThat(alone.get(i)).hasSize(data.get(i).returns().length);
        assertThat(distance(alone.get(i), together.get(i))).isLessThan(1e-4);
      }
    }
  }

  @Test
  void theValueOfATokenDoesNotDependOnItNorOnLaterOnes() {
    CriticSequence row =
        data.stream().filter(r -> r.returns().length > 3).findFirst().orElseThrow();
    int[] other = row.responseIds().clone();
    int changed = 2;
    for (int t = changed; t < other.length; t++) {
      other[t] = other[t] == 5 ? 6 : 5;
    }
    try (CriticTrainer trainer = trainer(initial, 1)) {
      List<float[]> values = trainer.values(List.of(row, new Row(row.promptIds(), other)), LIMITS);
      float[] a = values.get(0);
      float[] b = values.get(1);
      assertThat(distance(Arrays.copyOf(a, changed + 1), Arrays.copyOf(b, changed + 1)))
          .isLessThan(1e-5);
      assertThat(Math.abs(a[changed + 1] - b[changed + 1])).isGreaterThan(1e-4f);
    }
  }

  @Test
  void aCriticLearnsHowManyTokensAreLeft() {
    try (CriticTrainer trainer = trainer(initial, 2)) {
      CriticReport first = trainer.update(data, LIMITS, Double.POSITIVE_INFINITY);
      CriticReport last = first;
      for (int i = 0; i < 80; i++) {
        last = trainer.update(data, LIMITS, Double.POSITIVE_INFINITY);
      }
      assertThat(last.loss()).isLessThan(0.02 * first.loss());
      assertThat(last.explainedVariance()).isGreaterThan(0.95);
      assertThat(trainer.updates()).isEqualTo(81);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void sameInputsGiveTheSameBytes(boolean recompute) {
    Set<String> hashes = new TreeSet<>();
    TrainerSettings settings = new TrainerSettings(2, ComputeDtype.FLOAT32, recompute);
    for (int i = 0; i < 3; i++) {
      TrainedCritic trained = TrainedCritic.own(initial, ComputeDtype.FLOAT32, manager);
      try (CriticTrainer trainer = new CriticTrainer(trained, optimizer(1e-3), settings, manager)) {
        update(trainer, data);
        update(trainer, data);
        hashes.add(sha(trainer));
      }
    }
    assertThat(hashes).hasSize(1);
  }

  @Test
  void aCriticThatIsSavedAndLoadedGoesOnAsIfItHadNotStopped(@TempDir Path directory) {
    Path dir = directory.resolve("critic");
    String unbroken;
    List<float[]> values;
    try (CriticTrainer trainer = trainer(initial, 2)) {
      update(trainer, data);
      update(trainer, data);
      trainer.save(dir);
      values = trainer.values(data, LIMITS);
      update(trainer, data);
      unbroken = sha(trainer);
    }
    try (CriticTrainer trainer = trainer(Critic.load(dir, manager), 2)) {
      trainer.loadState(dir);
      List<float[]> again = trainer.values(data, LIMITS);
      for (int i = 0; i < values.size(); i++) {
        assertThat(again.get(i)).isEqualTo(values.get(i));
      }
      update(trainer, data);
      assertThat(sha(trainer)).isEqualTo(unbroken);
      assertThat(trainer.updates()).isEqualTo(3);
    }
  }

  @Test
  void aSharedBackboneTrainsTheHeadAloneAndFollowsThePolicy(@TempDir Path dir) {
    String before = policy.sha256();
    Weights newer = Weights.random(policy.config(), 4, 0.3f, manager);
    List<float[]> ofNewer;
    try (CriticTrainer trainer = sharing(initial.head())) {
      List<float[]> ofOwn;
      try (CriticTrainer own = trainer(initial, 1)) {
        ofOwn = own.values(data, LIMITS);
      }
      assertThat(distance(trainer.values(data, LIMITS).get(0), ofOwn.get(0))).isLessThan(1e-5);
      CriticReport first = trainer.update(data, LIMITS, Double.POSITIVE_INFINITY);
      CriticReport last = first;
      for (int i = 0; i < 60; i++) {
        last = trainer.update(data, LIMITS, Double.POSITIVE_INFINITY);
      }
      assertThat(last.loss()).isLessThan(0.5 * first.loss());
      trainer.save(dir);
      List<float[]> ofPolicy = trainer.values(data, LIMITS);
      trainer.follow(newer);
      ofNewer = trainer.values(data, LIMITS);
      assertThat(distance(ofNewer.get(0), ofPolicy.get(0))).isGreaterThan(1e-3);
    }
    assertThat(Weights.copyOf(policy.config(), policy.tensors(), manager).sha256())
        .isEqualTo(before);
    ValueHead loaded = ValueHead.load(dir, policy.config(), manager);
    try (CriticTrainer trainer = sharing(loaded)) {
      trainer.loadState(dir);
      trainer.follow(newer);
      assertThat(trainer.values(data, LIMITS).get(0)).isEqualTo(ofNewer.get(0));
      assertThat(trainer.updates()).isEqualTo(61);
    }
  }

  @Test
  void aCriticOfItsOwnFollowsNoPolicy() {
    try (CriticTrainer trainer = trainer(initial, 1)) {
      assertThatThrownBy(() -> trainer.follow(policy)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aLossThatIsNotFiniteChangesNothing() {
    CriticSequence row = data.get(0);
    float[] huge = new float[row.returns().length];
    Arrays.fill(huge, 3e38f);
    List<CriticSequence> bad = new ArrayList<>(data);
    bad.set(0, new CriticSequence(row.sequence(), huge, row.oldValues()));
    try (CriticTrainer trainer = trainer(initial, 2)) {
      String before = sha(trainer);
      assertThatThrownBy(() -> update(trainer, bad))
          .isInstanceOf(SpongeException.class)
          .hasMessageContaining("critic: loss")
          .hasMessageContaining("critic.learning_rate");
      assertThat(sha(trainer)).isEqualTo(before);
    }
  }

  @Test
  void numbersThatAreNotFiniteAndLengthsThatDifferAreRefused() {
    Row row = new Row(new int[] {3}, new int[] {4, 5});
    float[] good = {1, 2};
    assertThatThrownBy(() -> new CriticSequence(row, new float[] {1, Float.NaN}, good))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("return of token 1 is NaN");
    assertThatThrownBy(() -> new CriticSequence(row, good, new float[] {1}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 old values for 2 tokens");
  }

  @Test
  void aSequenceBeyondTheModelsPositionsIsRefused() {
    Row row = new Row(new int[30], new int[] {4, 5, 6});
    try (CriticTrainer trainer = trainer(initial, 1)) {
      assertThatThrownBy(() -> trainer.values(List.of(row), LIMITS))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("33 tokens")
          .hasMessageContaining("max_position_embeddings = 32");
    }
  }

  @Test
  void manyUpdatesLeaveNoNativeArraysBehind() {
    try (CriticTrainer trainer = trainer(initial, 2)) {
      update(trainer, data);
      trainer.values(data, LIMITS);
      int before = manager.getManagedArrays().size();
      for (int i = 0; i < 5; i++) {
        update(trainer, data);
        trainer.values(data, LIMITS);
      }
      assertThat(manager.getManagedArrays()).hasSize(before);
    }
  }

  private static double distance(float[] a, float[] b) {
    assertThat(a).hasSameSizeAs(b);
    double worst = 0;
    for (int i = 0; i < a.length; i++) {
      worst = Math.max(worst, Math.abs(a[i] - b[i]));
    }
    return worst;
  }
}
