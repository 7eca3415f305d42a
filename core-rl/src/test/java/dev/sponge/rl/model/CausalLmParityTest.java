package dev.sponge.rl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.sponge.rl.Fixture;
import dev.sponge.rl.generation.Completion;
import dev.sponge.rl.generation.GenerationRequest;
import dev.sponge.rl.generation.Generator;
import dev.sponge.rl.generation.SamplingConfig;
import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.tensor.DecoderKernels.TokenLogprobs;
import dev.sponge.rl.tensor.DecoderShape;
import dev.sponge.rl.tensor.FusedWeights;
import dev.sponge.rl.tensor.LogitRows;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.tensor.TrainingKernels;
import dev.sponge.rl.tensor.TrainingKernels.Forward;
import dev.sponge.rl.tensor.TrainingKernels.Gradients;
import dev.sponge.rl.tensor.TrainingKernels.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The decoder against transformers; see make_decoder_fixture.py. */
class CausalLmParityTest {
  private static final double TOLERANCE = 1e-4;
  private static final double BFLOAT16_TOLERANCE = 3e-2;
  private static final double GRADIENT_TOLERANCE = 1e-3;

  private NDManager manager;

  static List<String> variants() {
    return List.of(
        "tiny-qwen2-tied",
        "tiny-qwen2-untied",
        "tiny-qwen2-window",
        "tiny-qwen3",
        "tiny-llama3",
        "tiny-llama-bias",
        "tiny-mistral");
  }

  @BeforeEach
  void open() {
    manager = TorchEngine.newManager(Device.cpu());
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private record Row(int[] promptIds, int[] responseIds, double temperature)
      implements TokenSequence {}

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
  @MethodSource("variants")
  void logitsEqualTransformers(String name) {
    Fixture fixture = Fixture.open(name + "/expected.safetensors");
    try (Weights weights = Weights.load(Fixture.directory().resolve(name), manager);
        CausalLm model = CausalLm.of(weights, manager)) {
      List<Row> rows = rows(fixture);
      NDArray logits = model.logits(manager, TokenBatch.of(manager, rows).ids());
      int v = weights.config().vocabSize();
      for (int row = 0; row < rows.size(); row++) {
        float[] expected = fixture.floats("logits." + row);
        float[] actual = Arrays.copyOf(logits.get(row).toFloatArray(), expected.length);
        assertThat(expected).hasSize((rows.get(row).responseIds().length + 1) * v);
        assertClose(actual, expected, "logits of row " + row);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("variants")
  void scoredLogprobsEqualTransformers(String name) {
    Fixture fixture = Fixture.open(name + "/expected.safetensors");
    try (Weights weights = Weights.load(Fixture.directory().resolve(name), manager);
        CausalLm model = CausalLm.of(weights, manager)) {
      List<CausalLm.Scored> scored = model.score(rows(fixture), 2);
      for (int row = 0; row < scored.size(); row++) {
        assertClose(
            scored.get(row).logprobs(), fixture.floats("logprobs." + row), "log-probs " + row);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("variants")
  void logprobsInBfloat16AreThoseOfTransformers(String name) {
    Fixture fixture = Fixture.open(name + "/expected.safetensors");
    try (Weights weights = Weights.load(Fixture.directory().resolve(name), manager);
        CausalLm model = CausalLm.of(weights, ComputeDtype.BFLOAT16, manager)) {
      List<CausalLm.Scored> scored = model.score(rows(fixture), 2);
      for (int row = 0; row < scored.size(); row++) {
        assertClose(
            scored.get(row).logprobs(),
            fixture.floats("bf16." + row),
            BFLOAT16_TOLERANCE,
            "log-probs in bfloat16 " + row);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("variants")
  void everyGradientEqualsTransformers(String name) {
    for (boolean recompute : new boolean[] {false, true}) {
      for (boolean fusedAttention : new boolean[] {false, true}) {
        for (int kept : new int[] {0, 1000}) {
          LogitRows rows = new LogitRows(5, kept);
          checkGradients(
              name,
              new TrainingKernels.Options(ComputeDtype.FLOAT32, recompute, fusedAttention, rows));
        }
      }
    }
  }

  private void checkGradients(String name, TrainingKernels.Options options) {
    Fixture fixture = Fixture.open(name + "/expected.safetensors");
    try (NDManager scratch = manager.newSubManager();
        Weights weights = Weights.load(Fixture.directory().resolve(name), scratch)) {
      DecoderShape shape = weights.config().shape();
      FusedWeights fused =
          FusedWeights.copyOf(scratch, shape, weights.tensors(), ComputeDtype.FLOAT32);
      FusedWeights gradients = fused.zeros(scratch);
      TrainingKernels kernels =
          new TrainingKernels(scratch, shape, options, fused, Gradients.of(gradients));
      TokenBatch batch = TokenBatch.of(scratch, rows(fixture));
      Tokens tokens = new Tokens(batch.ids(), batch.at(), batch.targets(), batch.temperature());
      Forward forward = kernels.forward(scratch, tokens);
      NDArray loss = forward.logprobs().logprobs().mul(batch.mask()).sum().neg();
      assertThat((double) loss.getFloat()).isCloseTo(fixture.floats("loss")[0], within(1e-3));
      kernels.backward(
          tokens, forward, new TokenLogprobs(batch.mask().neg(), batch.mask().zerosLike()));
      List<NDArray> byParameter = gradients.views(scratch);
      int index = 0;
      for (String parameter : weights.byName().keySet()) {
        assertClose(
            byParameter.get(index++).toFloatArray(),
            fixture.floats("grad." + parameter),
            GRADIENT_TOLERANCE,
            "gradient of " + parameter + " with " + options);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("variants")
  void cachedGreedyTokensEqualTransformers(String name) {
    Fixture fixture = Fixture.open(name + "/expected.safetensors");
    int[] greedy = fixture.ints("greedy");
    List<GenerationRequest> requests = new ArrayList<>();
    for (Row row : rows(fixture)) {
      int[] prompt = new int[row.responseIds().length + 1];
      prompt[0] = row.promptIds()[0];
      System.arraycopy(row.responseIds(), 0, prompt, 1, row.responseIds().length);
      requests.add(new GenerationRequest(prompt, new long[] {1}));
    }
    int n = greedy.length / requests.size();
    assertThat(n).isEqualTo(64);
    try (Weights weights = Weights.load(Fixture.directory().resolve(name), manager);
        CausalLm model = CausalLm.of(weights, manager)) {
      // No id is an end token: the fixture was made without stopping.
      Generator generator = new Generator(model, manager, new int[] {-1}, 0);
      List<List<Completion>> completions = generator.generate(requests, SamplingConfig.greedy(n));
      for (int row = 0; row < requests.size(); row++) {
        assertThat(completions.get(row).get(0).ids())
            .isEqualTo(Arrays.copyOfRange(greedy, row * n, (row + 1) * n));
      }
    }
  }

  private static void assertClose(float[] actual, float[] expected, String what) {
    assertClose(actual, expected, TOLERANCE, what);
  }

  /** Within the tolerance of the largest expected value, so that small and large tensors count. */
  private static void assertClose(float[] actual, float[] expected, double tolerance, String what) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    double scale = 1e-2;
    for (float value : expected) {
      scale = Math.max(scale, Math.abs(value));
    }
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i])
          .as("%s at %d", what, i)
          .isCloseTo(expected[i], within(tolerance * scale));
    }
  }
}
