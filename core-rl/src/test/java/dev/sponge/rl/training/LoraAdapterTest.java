package dev.sponge.rl.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.sponge.rl.Fixture;
import dev.sponge.rl.UserError;
import dev.sponge.rl.model.CausalLm;
import dev.sponge.rl.model.LoraAdapter;
import dev.sponge.rl.model.LoraSettings;
import dev.sponge.rl.model.ModelConfig;
import dev.sponge.rl.model.Projection;
import dev.sponge.rl.model.Safetensors;
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
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** LoRA against PEFT; see make_lora_fixture.py. */
class LoraAdapterTest {
  private static final double LOGPROB_TOLERANCE = 1e-4;
  private static final double GRADIENT_TOLERANCE = 1e-3;
  private static final double BFLOAT16_TOLERANCE = 0.1;
  private static final String SOME_FACTOR =
      "base_model.model.model.layers.1.mlp.up_proj.lora_B.weight";

  private NDManager manager;
  @TempDir private Path temp;

  private record Row(int[] promptIds, int[] responseIds, double temperature)
      implements TokenSequence {}

  @BeforeEach
  void open() {
    manager = TorchEngine.newManager(Device.cpu());
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private static Path directory(String variant) {
    return Fixture.directory().resolve("lora-" + variant);
  }

  private static ModelConfig config(String variant) {
    return ModelConfig.read(directory(variant).resolve("config.json"));
  }

  private static Fixture expected(String variant) {
    return Fixture.open("lora-" + variant + "/expected.safetensors");
  }

  private Weights base(String variant) {
    return Weights.load(directory(variant), manager);
  }

  private LoraAdapter adapter(String variant, ModelConfig config) {
    return LoraAdapter.load(directory(variant).resolve("adapter"), config, manager);
  }

  private TrainedWeights trained(String variant, ComputeDtype dtype) {
    Weights base = base(variant);
    return TrainedWeights.lora(base, adapter(variant, base.config()), dtype, manager);
  }

  private static LoraAdapter fresh(ModelConfig config, NDManager manager) {
    LoraSettings settings = new LoraSettings(2, 4, List.of(Projection.values()));
    return LoraAdapter.fresh(config, settings, 7, manager);
  }

  /** Every row as a prompt of one token and a response of the rest. */
  private static List<Row> rows(Fixture fixture) {
    int[] ids = fixture.ints("input_ids");
    int[] lengths = fixture.ints("lengths");
    int t = ids.length / lengths.length;
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < lengths.length; i++) {
      int[] row = Arrays.copyOfRange(ids, i * t, i * t + lengths[i]);
      rows.add(new Row(Arrays.copyOf(row, 1), Arrays.copyOfRange(row, 1, row.length), 1));
    }
    return rows;
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "qwen2"})
  void logprobsOfTheMergedWeightsEqualPeft(String variant) {
    Fixture fixture = expected(variant);
    try (TrainedWeights weights = trained(variant, ComputeDtype.FLOAT32);
        CausalLm merged = CausalLm.of(weights.snapshot(manager), manager);
        CausalLm base = CausalLm.of(base(variant), manager)) {
      List<CausalLm.Scored> withAdapter = merged.score(rows(fixture), 2);
      List<CausalLm.Scored> without = base.score(rows(fixture), 2);
      for (int row = 0; row < withAdapter.size(); row++) {
        assertThat(withAdapter.get(row).logprobs())
            .containsExactly(fixture.floats("logprobs." + row), within((float) LOGPROB_TOLERANCE));
        assertThat(without.get(row).logprobs())
            .containsExactly(fixture.floats("base." + row), within((float) LOGPROB_TOLERANCE));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "llama,false,false",
    "llama,true,true",
    "qwen2,false,true",
    "qwen2,true,false",
  })
  void lossAndGradientOfEveryFactorEqualPeft(String variant, boolean recompute, boolean fused) {
    Fixture fixture = expected(variant);
    try (TrainedWeights weights = trained(variant, ComputeDtype.FLOAT32)) {
      TrainingKernels.Options options =
          new TrainingKernels.Options(ComputeDtype.FLOAT32, recompute, fused, new LogitRows(5, 0));
      Buffers buffers = weights.newBuffers(manager);
      float loss = backward(weights, options, buffers, fixture);
      assertThat((double) loss).isCloseTo(fixture.floats("loss")[0], within(1e-3));
      int index = 0;
      for (String name : weights.parameters().keySet()) {
        assertClose(
            buffers.byParameter().get(index++).toFloatArray(),
            fixture.floats("grad." + name),
            GRADIENT_TOLERANCE,
            "gradient of " + name);
      }
      assertThat(index).isEqualTo(2 * 7 * 2);
    }
  }

  /** Adds the gradients of -log p of all rows to the buffers; returns the loss. */
  private float backward(
      TrainedWeights weights, TrainingKernels.Options options, Buffers buffers, Fixture fixture) {
    try (NDManager scratch = manager.newSubManager();
        TrainingKernels kernels =
            new TrainingKernels(
                scratch,
                weights.config().shape(),
                options,
                weights.compute(),
                buffers.gradients())) {
      TokenBatch batch = TokenBatch.of(scratch, rows(fixture));
      Tokens tokens = new Tokens(batch.ids(), batch.at(), batch.targets(), batch.temperature());
      Forward forward = kernels.forward(scratch, tokens);
      float loss = forward.logprobs().logprobs().mul(batch.mask()).sum().neg().getFloat();
      kernels.backward(
          tokens, forward, new TokenLogprobs(batch.mask().neg(), batch.mask().zerosLike()));
      return loss;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "qwen2"})
  void bfloat16IsCloseToPeftInBfloat16AndToTheGradientsInFloat32(String variant) {
    Fixture fixture = expected(variant);
    try (TrainedWeights weights = trained(variant, ComputeDtype.BFLOAT16)) {
      TrainingKernels.Options options =
          new TrainingKernels.Options(ComputeDtype.BFLOAT16, false, true, new LogitRows(5, 1000));
      Buffers buffers = weights.newBuffers(manager);
      double sum = 0;
      for (int row = 0; row < rows(fixture).size(); row++) {
        for (float logprob : fixture.floats("bf16." + row)) {
          sum -= logprob;
        }
      }
      float loss = backward(weights, options, buffers, fixture);
      assertThat((double) loss).isCloseTo(sum, within(0.01 * sum));
      int index = 0;
      for (String name : weights.parameters().keySet()) {
        assertThat(
                distance(
                    buffers.byParameter().get(index++).toFloatArray(),
                    fixture.floats("grad." + name)))
            .as("gradient of " + name)
            .isLessThan(BFLOAT16_TOLERANCE);
      }
    }
  }

  @Test
  void aFreshAdapterChangesNoBit() {
    Weights base = base("llama");
    try (TrainedWeights weights =
        TrainedWeights.lora(base, fresh(base.config(), manager), ComputeDtype.FLOAT32, manager)) {
      assertThat(weights.snapshot(manager).sha256()).isEqualTo(base.sha256());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"FLOAT32", "BFLOAT16"})
  void twoUpdatesMoveEveryFactorAndNoFrozenWeight(ComputeDtype dtype) {
    Fixture fixture = expected("qwen2");
    Weights base = base("qwen2");
    LoraAdapter adapter = fresh(base.config(), manager);
    Map<String, float[]> before = copies(adapter);
    TrainedWeights weights = TrainedWeights.lora(base, adapter, dtype, manager);
    try (PolicyTrainer trainer = trainer(weights, dtype)) {
      double first = trainer.supervise(rows(fixture), MicroBatchLimits.ofSequences(2));
      // B is zero at first, so that A has no gradient before the second update.
      trainer.supervise(rows(fixture), MicroBatchLimits.ofSequences(2));
      double third = trainer.supervise(rows(fixture), MicroBatchLimits.ofSequences(2));
      assertThat(third).isLessThan(first);
      Map<String, float[]> after = copies(adapter);
      before.forEach(
          (name, values) ->
              assertThat(movedShare(values, after.get(name))).as(name).isGreaterThan(0.9));
      List<NDArray> frozen = weights.master.views(manager);
      assertThat(Weights.copyOf(base.config(), frozen, manager).sha256()).isEqualTo(base.sha256());
      Weights snapshot = trainer.snapshot(manager);
      base.byName()
          .forEach(
              (name, array) -> {
                boolean adapted = name.contains("_proj.weight");
                boolean equal =
                    Arrays.equals(array.toFloatArray(), snapshot.get(name).toFloatArray());
                assertThat(equal).as(name).isEqualTo(!adapted);
              });
    }
  }

  @Test
  void aTrainerThatIsSavedAndLoadedGoesOnAsIfItHadNotStopped() {
    List<Row> data = rows(expected("llama"));
    MicroBatchLimits limits = MicroBatchLimits.ofSequences(2);
    String unbroken;
    try (PolicyTrainer trainer = trainer(trained("llama", ComputeDtype.FLOAT32))) {
      trainer.supervise(data, limits);
      trainer.saveState(temp);
      trainer.supervise(data, limits);
      unbroken = trainer.snapshot(manager).sha256();
    }
    Weights base = base("llama");
    LoraAdapter adapter =
        LoraAdapter.load(temp.resolve(TrainedWeights.ADAPTER_DIRECTORY), base.config(), manager);
    try (PolicyTrainer trainer =
        trainer(TrainedWeights.lora(base, adapter, ComputeDtype.FLOAT32, manager))) {
      trainer.loadState(temp);
      trainer.supervise(data, limits);
      assertThat(trainer.snapshot(manager).sha256()).isEqualTo(unbroken);
    }
  }

  private PolicyTrainer trainer(TrainedWeights weights) {
    return trainer(weights, ComputeDtype.FLOAT32);
  }

  private PolicyTrainer trainer(TrainedWeights weights, ComputeDtype dtype) {
    LearningRateSchedule rate = new LearningRateSchedule(1e-2, 0);
    OptimizerSettings settings = new OptimizerSettings(rate, .9, .95, 1e-8, 0, 1);
    return new PolicyTrainer(weights, settings, new TrainerSettings(2, dtype, false), manager);
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "qwen2"})
  void aSavedAdapterIsTheSameAgainToTheByte(String variant) throws IOException {
    ModelConfig config = config(variant);
    LoraAdapter original = adapter(variant, config);
    original.save(temp.resolve("first"));
    LoraAdapter again = LoraAdapter.load(temp.resolve("first"), config, manager);
    assertThat(again.settings()).isEqualTo(original.settings());
    copies(original)
        .forEach((name, values) -> assertThat(copies(again).get(name)).as(name).isEqualTo(values));
    again.save(temp.resolve("second"));
    for (String file : List.of(LoraAdapter.FILE_NAME, LoraAdapter.CONFIG_FILE_NAME)) {
      assertThat(temp.resolve("second").resolve(file))
          .hasSameBinaryContentAs(temp.resolve("first").resolve(file));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "use_dora           | true",
        "use_rslora         | true",
        "use_qalora         | true",
        "rank_pattern       | {\"q_proj\": 8}",
        "modules_to_save    | [\"lm_head\"]",
        "layers_to_transform| [0]",
        "layer_replication  | [[0, 2]]",
        "target_parameters  | [\"mlp.experts\"]",
        "bias               | \"all\"",
        "peft_type          | \"LOHA\"",
        "r                  | 0",
        "r                  | 1000000",
        "r                  | null",
        "lora_alpha         | -1",
        "lora_alpha         | \"8\"",
        "lora_alpha         | null",
        "target_modules     | \"all-linear\"",
        "target_modules     | [\"q_proj\", \"w1\"]",
      })
  void aSettingThatIsNotSupportedIsNamedWithItsFile(String key, String value) throws IOException {
    copyAdapter();
    Path file = temp.resolve(LoraAdapter.CONFIG_FILE_NAME);
    JsonObject json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    json.add(key, JsonParser.parseString(value));
    Files.writeString(file, json.toString());
    // The record checks rank and alpha in its own words.
    String word = key.equals("r") ? "r" : key.replace("lora_", "");
    assertThatThrownBy(this::loadCopy)
        .isInstanceOf(UserError.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(word);
  }

  @Test
  void aTensorOfTheWrongShapeIsNamedWithItsFileAndBothShapes() throws IOException {
    copyAdapter();
    rewrite(factors -> factors.put(SOME_FACTOR, manager.zeros(new Shape(24, 4))));
    assertThatThrownBy(this::loadCopy)
        .isInstanceOf(UserError.class)
        .hasMessageContaining(LoraAdapter.FILE_NAME)
        .hasMessageContaining(SOME_FACTOR)
        .hasMessageContaining("(24, 4)")
        .hasMessageContaining("(24, 3)");
  }

  @Test
  void aMissingTensorIsNamedWithItsFile() throws IOException {
    copyAdapter();
    rewrite(factors -> factors.remove(SOME_FACTOR));
    assertThatThrownBy(this::loadCopy)
        .isInstanceOf(UserError.class)
        .hasMessageContaining(LoraAdapter.FILE_NAME)
        .hasMessageContaining("lacks tensor " + SOME_FACTOR);
  }

  @Test
  void aTensorThatNoTargetAsksForIsNamedWithItsFile() throws IOException {
    copyAdapter();
    rewrite(
        factors ->
            factors.put("base_model.model.lm_head.lora_A.weight", manager.zeros(new Shape(3, 16))));
    assertThatThrownBy(this::loadCopy)
        .isInstanceOf(UserError.class)
        .hasMessageContaining(LoraAdapter.FILE_NAME)
        .hasMessageContaining("lm_head.lora_A");
  }

  @Test
  void aDirectoryWithoutTheFilesIsNamed() throws IOException {
    assertThatThrownBy(this::loadCopy)
        .isInstanceOf(UserError.class)
        .hasMessageContaining(LoraAdapter.CONFIG_FILE_NAME);
    copyAdapter();
    Files.delete(temp.resolve(LoraAdapter.FILE_NAME));
    assertThatThrownBy(this::loadCopy)
        .isInstanceOf(UserError.class)
        .hasMessageContaining(LoraAdapter.FILE_NAME);
  }

  private void copyAdapter() throws IOException {
    for (String name : List.of(LoraAdapter.CONFIG_FILE_NAME, LoraAdapter.FILE_NAME)) {
      Files.copy(directory("llama").resolve("adapter").resolve(name), temp.resolve(name));
    }
  }

  private void loadCopy() {
    LoraAdapter.load(temp, config("llama"), manager).close();
  }

  private void rewrite(Consumer<Map<String, NDArray>> change) {
    Map<String, NDArray> factors = new LinkedHashMap<>();
    try (LoraAdapter adapter = adapter("llama", config("llama"))) {
      adapter.byName().forEach((name, array) -> factors.put(name, array));
      change.accept(factors);
      Safetensors.write(temp.resolve(LoraAdapter.FILE_NAME), factors);
    }
  }

  private static Map<String, float[]> copies(LoraAdapter adapter) {
    Map<String, float[]> copies = new LinkedHashMap<>();
    adapter.byName().forEach((name, array) -> copies.put(name, array.toFloatArray()));
    return copies;
  }

  private static double movedShare(float[] before, float[] after) {
    int moved = 0;
    for (int i = 0; i < before.length; i++) {
      moved += before[i] != after[i] ? 1 : 0;
    }
    return (double) moved / before.length;
  }

  /** Of two vectors, as a share of the second one's length. */
  private static double distance(float[] actual, float[] expected) {
    double square = 0;
    double length = 0;
    for (int i = 0; i < expected.length; i++) {
      square += Math.pow(actual[i] - expected[i], 2);
      length += Math.pow(expected[i], 2);
    }
    return Math.sqrt(square / length);
  }

  /** Within the tolerance of the largest expected value. */
  private static void assertClose(float[] actual, float[] expected, double tolerance, String what) {
    float scale = 0;
    for (float value : expected) {
      scale = Math.max(scale, Math.abs(value));
    }
    assertThat(actual).as(what).containsExactly(expected, within((float) (tolerance * scale)));
  }
}
