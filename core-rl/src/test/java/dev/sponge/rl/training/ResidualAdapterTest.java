package dev.sponge.rl.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.UserError;
import dev.sponge.rl.generation.Completion;
import dev.sponge.rl.generation.GenerationRequest;
import dev.sponge.rl.generation.Generator;
import dev.sponge.rl.generation.SamplingConfig;
import dev.sponge.rl.model.CausalLm;
import dev.sponge.rl.model.ModelConfig;
import dev.sponge.rl.model.ResidualAdapter;
import dev.sponge.rl.model.ResidualSettings;
import dev.sponge.rl.model.Safetensors;
import dev.sponge.rl.model.TinyModels;
import dev.sponge.rl.model.TokenBatch;
import dev.sponge.rl.model.TokenSequence;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.tensor.DecoderKernels.TokenLogprobs;
import dev.sponge.rl.tensor.LogitRows;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.tensor.TrainingKernels;
import dev.sponge.rl.tensor.TrainingKernels.Forward;
import dev.sponge.rl.tensor.TrainingKernels.Tokens;
import dev.sponge.rl.training.TrainedWeights.Buffers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ResidualAdapterTest {
  private static final int RANK = 2;
  private static final int E = 8;
  private static final int V = 16;
  private static final double SCALE = 0.7;
  private static final String DOWN = "residual.V";
  private static final String UP = "residual.U";

  private NDManager manager;
  private ModelConfig config;
  private Weights base;
  @TempDir private Path temp;

  private record Row(int[] promptIds, int[] responseIds, double temperature)
      implements TokenSequence {}

  @BeforeEach
  void open() {
    manager = TorchEngine.newManager(Device.cpu());
    config = TinyModels.builder().tieWordEmbeddings(false).build();
    base = Weights.random(config, 3, 0.5f, manager);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private static List<Row> rows(double temperature) {
    Random random = new Random(5);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      int[] prompt = random.ints(1 + random.nextInt(4), 2, V).toArray();
      int[] response = random.ints(1 + random.nextInt(6), 1, V).toArray();
      rows.add(new Row(prompt, response, temperature));
    }
    return rows;
  }

  private static float[] normal(int size, long seed) {
    Random random = new Random(seed);
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (0.5 * random.nextGaussian());
    }
    return values;
  }

  /** Through the files, the only way to chosen factors. */
  private ResidualAdapter adapter(float[] down, float[] up) {
    write(
        Map.of(
            DOWN, manager.create(down, new Shape(RANK, E)),
            UP, manager.create(up, new Shape(V, RANK))),
        "{\"rank\": 2, \"scale\": 0.7}");
    return ResidualAdapter.load(temp, config, manager);
  }

  private ResidualAdapter adapter() {
    return adapter(normal(RANK * E, 1), normal(V * RANK, 2));
  }

  private ResidualAdapter fresh() {
    return ResidualAdapter.fresh(config, new ResidualSettings(RANK, SCALE), 9, manager);
  }

  private void write(Map<String, NDArray> factors, String json) {
    try {
      Safetensors.write(temp.resolve(ResidualAdapter.FILE_NAME), factors);
      Files.writeString(temp.resolve(ResidualAdapter.CONFIG_FILE_NAME), json);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private CausalLm model(Weights weights, ResidualAdapter adapter) {
    return CausalLm.of(weights, Optional.of(adapter), ComputeDtype.FLOAT32, manager);
  }

  /** The head's first rows are the identity, so that the logits there are the normed stream. */
  private Weights showingTheStream() {
    float[] head = new float[V * E];
    for (int i = 0; i < E; i++) {
      head[i * E + i] = 1;
    }
    List<NDArray> arrays = new ArrayList<>();
    base.byName()
        .forEach(
            (name, array) ->
                arrays.add(
                    name.equals("lm_head.weight") ? manager.create(head, new Shape(V, E)) : array));
    return Weights.copyOf(config, arrays, manager);
  }

  @Test
  void logitsAreThoseOfTheBasePlusTheBoundedResidual() {
    float[] down = normal(RANK * E, 1);
    float[] up = normal(V * RANK, 2);
    Weights weights = showingTheStream();
    NDArray ids = manager.create(new long[] {4, 7, 2}, new Shape(1, 3));
    try (CausalLm alone = CausalLm.of(weights, manager);
        CausalLm both = model(weights, adapter(down, up))) {
      float[] z = alone.logits(manager, ids).toFloatArray();
      float[] actual = both.logits(manager, ids).toFloatArray();
      for (int t = 0; t < 3; t++) {
        double[] inner = new double[RANK];
        for (int r = 0; r < RANK; r++) {
          for (int e = 0; e < E; e++) {
            inner[r] += down[r * E + e] * z[t * V + e];
          }
        }
        for (int v = 0; v < V; v++) {
          double change = SCALE * Math.tanh(up[v * RANK] * inner[0] + up[v * RANK + 1] * inner[1]);
          assertThat(Math.abs(change)).isGreaterThan(1e-5);
          assertThat((double) actual[t * V + v]).isCloseTo(z[t * V + v] + change, within(1e-5));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(ComputeDtype.class)
  void aFreshAdapterChangesNoBit(ComputeDtype dtype) {
    NDArray ids = manager.create(new long[] {4, 7, 2, 9}, new Shape(2, 2));
    try (CausalLm alone = CausalLm.of(base, dtype, manager);
        CausalLm both = CausalLm.of(base, Optional.of(fresh()), dtype, manager)) {
      assertThat(both.logits(manager, ids).toFloatArray())
          .isEqualTo(alone.logits(manager, ids).toFloatArray());
      List<CausalLm.Scored> expected = alone.score(rows(0.8), 2);
      List<CausalLm.Scored> actual = both.score(rows(0.8), 2);
      for (int i = 0; i < expected.size(); i++) {
        assertThat(actual.get(i).logprobs()).isEqualTo(expected.get(i).logprobs());
        assertThat(actual.get(i).entropy()).isEqualTo(expected.get(i).entropy());
      }
    }
  }

  /** Some function of log-probs and entropies; its coefficients differ from token to token. */
  private static double loss(List<CausalLm.Scored> scored) {
    double loss = 0;
    int at = 0;
    for (CausalLm.Scored row : scored) {
      for (int t = 0; t < row.logprobs().length; t++) {
        loss += coefficient(at) * row.logprobs()[t] + coefficient(at + 3) * row.entropy()[t];
        at++;
      }
    }
    return loss;
  }

  private static double coefficient(int at) {
    return Math.cos(1.7 * at);
  }

  @Test
  void gradientsAreFiniteDifferencesOfScores() {
    List<Row> rows = rows(0.8);
    float[] down = normal(RANK * E, 1);
    float[] up = normal(V * RANK, 2);
    List<float[]> gradients = gradients(rows, adapter(down, up), ComputeDtype.FLOAT32);
    assertClose(sparse(gradients.get(0)), differences(rows, down, down, up), 3e-3);
    assertClose(sparse(gradients.get(1)), differences(rows, up, down, up), 3e-3);
  }

  /** Every third value: these reach all rows and all columns of V and U. */
  private static float[] sparse(float[] values) {
    float[] some = new float[(values.length + 2) / 3];
    for (int i = 0; i < some.length; i++) {
      some[i] = values[3 * i];
    }
    return some;
  }

  /** Central differences with respect to {@code moved}, which is one of the other two. */
  private float[] differences(List<Row> rows, float[] moved, float[] down, float[] up) {
    float step = 1e-2f;
    float[] slopes = new float[moved.length];
    for (int i = 0; i < moved.length; i += 3) {
      float at = moved[i];
      double[] side = new double[2];
      for (int s = 0; s < 2; s++) {
        moved[i] = at + (s == 0 ? -step : step);
        try (ResidualAdapter adapter = adapter(down, up);
            CausalLm model = model(base, adapter)) {
          side[s] = loss(model.score(rows, 3));
        }
      }
      moved[i] = at;
      slopes[i] = (float) ((side[1] - side[0]) / (2 * step));
    }
    return sparse(slopes);
  }

  /** Gradients of {@link #loss} for V and U. */
  private List<float[]> gradients(List<Row> rows, ResidualAdapter adapter, ComputeDtype dtype) {
    try (NDManager scratch = manager.newSubManager();
        TrainedWeights weights = TrainedWeights.residual(base, adapter, dtype, scratch)) {
      Buffers buffers = weights.newBuffers(scratch);
      TrainingKernels.Options options =
          new TrainingKernels.Options(dtype, false, true, new LogitRows(3, 0));
      TrainingKernels kernels =
          new TrainingKernels(
              scratch, config.shape(), options, weights.compute(), buffers.gradients());
      TokenBatch batch = TokenBatch.of(scratch, rows);
      Tokens tokens = new Tokens(batch.ids(), batch.at(), batch.targets(), batch.temperature());
      Forward forward = kernels.forward(scratch, tokens);
      assertThat(forward.kept()).as("nothing of the layers is kept").hasSize(1);
      Shape shape = batch.mask().getShape();
      float[] ofLogprobs = new float[(int) shape.size()];
      float[] ofEntropy = new float[(int) shape.size()];
      int at = 0;
      for (int i = 0; i < rows.size(); i++) {
        for (int t = 0; t < rows.get(i).responseIds().length; t++) {
          int place = i * (int) shape.get(1) + t;
          ofLogprobs[place] = (float) coefficient(at);
          ofEntropy[place] = (float) coefficient(at + 3);
          at++;
        }
      }
      kernels.backward(
          tokens,
          forward,
          new TokenLogprobs(scratch.create(ofLogprobs, shape), scratch.create(ofEntropy, shape)));
      return buffers.byParameter().stream().map(NDArray::toFloatArray).toList();
    }
  }

  @Test
  void gradientsInBfloat16ArePointedTheSameWay() {
    List<float[]> narrow = gradients(rows(1), adapter(), ComputeDtype.BFLOAT16);
    List<float[]> wide = gradients(rows(1), adapter(), ComputeDtype.FLOAT32);
    for (int i = 0; i < 2; i++) {
      assertClose(narrow.get(i), wide.get(i), 0.1);
    }
  }

  @Test
  void theSamplerDrawsFromTheDistributionThatTheScorerSees() {
    try (CausalLm alone = CausalLm.of(base, manager);
        CausalLm both = model(base, adapter())) {
      int[] prompt = {4, 7, 2};
      double temperature = 0.9;
      Generator generator = new Generator(both, manager, new int[] {-1}, 0);
      List<Completion> completions =
          generator
              .generate(
                  List.of(new GenerationRequest(prompt, new long[] {1, 2, 3, 4})),
                  new SamplingConfig(temperature, 12))
              .get(0);
      List<Row> rows =
          completions.stream().map(c -> new Row(prompt, c.ids(), temperature)).toList();
      List<CausalLm.Scored> scores = both.score(rows, 4);
      List<CausalLm.Scored> baseScores = alone.score(rows, 4);
      for (int i = 0; i < rows.size(); i++) {
        float[] drawn = completions.get(i).logprobs();
        assertThat(drawn).hasSize(12);
        assertThat(drawn).containsExactly(scores.get(i).logprobs(), within(1e-4f));
        for (int t = 0; t < drawn.length; t++) {
          assertThat(drawn[t]).isNotCloseTo(baseScores.get(i).logprobs()[t], within(1e-5f));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(ComputeDtype.class)
  void twoUpdatesMoveEveryParameterOfTheAdapterAndNothingOfTheBase(ComputeDtype dtype) {
    String before = base.sha256();
    ResidualAdapter adapter = fresh();
    Map<String, float[]> old = copies(adapter);
    TrainedWeights weights = TrainedWeights.residual(base, adapter, dtype, manager);
    try (PolicyTrainer trainer = trainer(weights, dtype)) {
      double first = trainer.supervise(rows(1), MicroBatchLimits.ofSequences(2));
      // U is zero at first, so that V has no gradient before the second update.
      trainer.supervise(rows(1), MicroBatchLimits.ofSequences(2));
      double third = trainer.supervise(rows(1), MicroBatchLimits.ofSequences(2));
      assertThat(third).isLessThan(first);
      copies(adapter)
          .forEach(
              (name, now) -> {
                for (int i = 0; i < now.length; i++) {
                  assertThat(now[i]).as(name + " at " + i).isNotEqualTo(old.get(name)[i]);
                }
              });
      assertThat(trainer.snapshot(manager).sha256()).isEqualTo(before);
      assertThat(trainer.residual()).containsSame(adapter);
    }
  }

  @Test
  void aTrainerThatIsSavedAndLoadedGoesOnAsIfItHadNotStopped() throws IOException {
    MicroBatchLimits limits = MicroBatchLimits.ofSequences(2);
    Path saved = Files.createDirectories(temp.resolve("saved"));
    String unbroken;
    try (ResidualAdapter adapter = adapter();
        PolicyTrainer trainer = trainer(trained(adapter), ComputeDtype.FLOAT32)) {
      trainer.supervise(rows(1), limits);
      trainer.saveState(saved);
      adapter.save(saved);
      trainer.supervise(rows(1), limits);
      unbroken = adapter.sha256();
    }
    ResidualAdapter adapter = ResidualAdapter.load(saved, config, manager);
    assertThat(adapter.sha256()).isNotEqualTo(unbroken);
    try (PolicyTrainer trainer = trainer(trained(adapter), ComputeDtype.FLOAT32)) {
      trainer.loadState(saved);
      trainer.supervise(rows(1), limits);
      assertThat(adapter.sha256()).isEqualTo(unbroken);
    }
  }

  private TrainedWeights trained(ResidualAdapter adapter) {
    return TrainedWeights.residual(base, adapter, ComputeDtype.FLOAT32, manager);
  }

  private PolicyTrainer trainer(TrainedWeights weights, ComputeDtype dtype) {
    LearningRateSchedule rate = new LearningRateSchedule(1e-2, 0);
    OptimizerSettings settings = new OptimizerSettings(rate, .9, .95, 1e-8, 0, 1);
    return new PolicyTrainer(weights, settings, new TrainerSettings(2, dtype, false), manager);
  }

  @Test
  void aSavedAdapterIsTheSameAgainToTheByte() {
    ResidualAdapter adapter = adapter();
    Path first = temp.resolve("first");
    Path second = temp.resolve("second");
    adapter.save(first);
    ResidualAdapter again = ResidualAdapter.load(first, config, manager);
    assertThat(again.settings()).isEqualTo(new ResidualSettings(RANK, SCALE));
    assertThat(again.sha256()).isEqualTo(adapter.sha256());
    again.save(second);
    for (String name : List.of(ResidualAdapter.FILE_NAME, ResidualAdapter.CONFIG_FILE_NAME)) {
      assertThat(second.resolve(name)).hasSameBinaryContentAs(first.resolve(name));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"scale\": 0.7}                            | rank is missing",
        "{\"rank\": 2}                               | scale is missing",
        "{\"rank\": 0, \"scale\": 0.7}               | rank is 0",
        "{\"rank\": 2.5, \"scale\": 0.7}             | rank = 2.5",
        "{\"rank\": 100000, \"scale\": 0.7}          | rank = 100000",
        "{\"rank\": 2, \"scale\": -1}                | scale is -1",
        "{\"rank\": 2, \"scale\": \"big\"}           | scale = \"big\"",
        "{\"rank\": 2, \"scale\": 0.7, \"alpha\": 1} | key alpha",
        "{\"rank\":                                | not valid JSON",
      })
  void aBrokenSettingIsNamedWithItsFile(String json, String problem) {
    write(good(), json);
    assertThatThrownBy(() -> ResidualAdapter.load(temp, config, manager))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(temp.resolve(ResidualAdapter.CONFIG_FILE_NAME).toString())
        .hasMessageContaining(problem);
  }

  @Test
  void aTensorThatDoesNotFitIsNamedWithItsFile() {
    Map<String, NDArray> missing = good();
    missing.remove(UP);
    assertRefused(missing, "lacks tensor " + UP);
    Map<String, NDArray> wrong = good();
    wrong.put(UP, manager.zeros(new Shape(V, RANK + 1)));
    assertRefused(wrong, UP + " has shape (16, 3), model and rank ask for (16, 2)");
    Map<String, NDArray> more = good();
    more.put("residual.W", manager.zeros(new Shape(1)));
    assertRefused(more, "residual.W");
    Map<String, NDArray> broken = good();
    float[] values = new float[V * RANK];
    values[5] = Float.NaN;
    broken.put(UP, manager.create(values, new Shape(V, RANK)));
    assertRefused(broken, UP + " holds NaN");
  }

  private void assertRefused(Map<String, NDArray> factors, String problem) {
    write(factors, "{\"rank\": 2, \"scale\": 0.7}");
    assertThatThrownBy(() -> ResidualAdapter.load(temp, config, manager))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(temp.resolve(ResidualAdapter.FILE_NAME).toString())
        .hasMessageContaining(problem);
  }

  private Map<String, NDArray> good() {
    Map<String, NDArray> factors = new LinkedHashMap<>();
    factors.put(DOWN, manager.zeros(new Shape(RANK, E)));
    factors.put(UP, manager.zeros(new Shape(V, RANK)));
    return factors;
  }

  private static Map<String, float[]> copies(ResidualAdapter adapter) {
    Map<String, float[]> copies = new LinkedHashMap<>();
    adapter.byName().forEach((name, array) -> copies.put(name, array.toFloatArray()));
    return copies;
  }

  /** Within the tolerance of the largest expected value. */
  private static void assertClose(float[] actual, float[] expected, double tolerance) {
    float scale = 0;
    for (float value : expected) {
      scale = Math.max(scale, Math.abs(value));
    }
    assertThat(scale).isGreaterThan(1e-3f);
    assertThat(actual).containsExactly(expected, within((float) (tolerance * scale)));
  }
}
