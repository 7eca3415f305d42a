package dev.sponge.rl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.sponge.rl.Fixture;
import dev.sponge.rl.generation.Completion;
import dev.sponge.rl.generation.GenerationRequest;
import dev.sponge.rl.generation.Generator;
import dev.sponge.rl.generation.SamplingConfig;
import dev.sponge.rl.tensor.DecoderKernels.TokenLogprobs;
import dev.sponge.rl.tensor.TorchEngine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The decoder against transformers' Qwen2ForCausalLM; see make_decoder_fixture.py. */
class CausalLmParityTest {
  private static final double TOLERANCE = 1e-4;
  private NDManager manager;

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
  @ValueSource(strings = {"tiny-qwen2-tied", "tiny-qwen2-untied"})
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
  @ValueSource(strings = {"tiny-qwen2-tied", "tiny-qwen2-untied"})
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
  @ValueSource(strings = {"tiny-qwen2-tied", "tiny-qwen2-untied"})
  void everyGradientEqualsTransformers(String name) {
    Fixture fixture = Fixture.open(name + "/expected.safetensors");
    try (Weights weights = Weights.load(Fixture.directory().resolve(name), manager);
        CausalLm model = CausalLm.of(weights, manager)) {
      weights.tensors().forEach(parameter -> parameter.setRequiresGradient(true));
      TokenBatch batch = TokenBatch.of(manager, rows(fixture));
      JniUtils.setGradMode(true);
      try {
        TokenLogprobs trained = model.trainLogprobs(manager, batch);
        NDArray loss = trained.logprobs().mul(batch.mask()).sum().neg();
        assertThat((double) loss.getFloat()).isCloseTo(fixture.floats("loss")[0], within(1e-3));
        JniUtils.backward(
            (PtNDArray) loss, (PtNDArray) manager.ones(loss.getShape()), false, false);
      } finally {
        JniUtils.setGradMode(false);
      }
      weights
          .byName()
          .forEach(
              (parameter, array) ->
                  assertClose(
                      array.getGradient().toFloatArray(),
                      fixture.floats("grad." + parameter),
                      "gradient of " + parameter));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-qwen2-tied", "tiny-qwen2-untied"})
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

  /** Within the tolerance of the largest expected value, so that small and large tensors count. */
  private static void assertClose(float[] actual, float[] expected, String what) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    double scale = 1;
    for (float value : expected) {
      scale = Math.max(scale, Math.abs(value));
    }
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i])
          .as("%s at %d", what, i)
          .isCloseTo(expected[i], within(TOLERANCE * scale));
    }
  }
}
