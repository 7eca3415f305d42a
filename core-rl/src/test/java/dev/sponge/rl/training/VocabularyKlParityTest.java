package dev.sponge.rl.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.sponge.rl.Fixture;
import dev.sponge.rl.model.CausalLm;
import dev.sponge.rl.model.TokenBatch;
import dev.sponge.rl.model.TokenSequence;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.tensor.DecoderKernels.TokenLogprobs;
import dev.sponge.rl.tensor.FusedWeights;
import dev.sponge.rl.tensor.LogitRows;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.tensor.TrainingKernels;
import dev.sponge.rl.tensor.TrainingKernels.Forward;
import dev.sponge.rl.tensor.TrainingKernels.Gradients;
import dev.sponge.rl.tensor.TrainingKernels.OfDivergences;
import dev.sponge.rl.tensor.TrainingKernels.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Divergences over the vocabulary against torch; see make_divergence_fixture.py. */
class VocabularyKlParityTest {
  private static final String PI = "tiny-qwen2-untied";
  private static final double TEMPERATURE = 0.8;
  private static final float LAMBDA = 0.7f;

  private final Fixture fixture = Fixture.open("divergence.safetensors");
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

  private static List<Row> rows() {
    Fixture rows = Fixture.open(PI + "/expected.safetensors");
    int[] ids = rows.ints("input_ids");
    int[] lengths = rows.ints("lengths");
    int t = ids.length / lengths.length;
    List<Row> result = new ArrayList<>();
    for (int i = 0; i < lengths.length; i++) {
      int[] row = Arrays.copyOfRange(ids, i * t, i * t + lengths[i]);
      int[] response = Arrays.copyOfRange(row, 1, row.length);
      result.add(new Row(new int[] {row[0]}, response, TEMPERATURE));
    }
    return result;
  }

  private Weights weights(String name) {
    return Weights.load(Fixture.directory().resolve(name), manager);
  }

  @ParameterizedTest
  @CsvSource({"false, 1000", "false, 0", "true, 0"})
  void divergencesAndEveryGradientEqualTorch(boolean recompute, int kept) {
    Weights pi = weights(PI);
    FusedWeights fused =
        FusedWeights.copyOf(manager, pi.config().shape(), pi.tensors(), ComputeDtype.FLOAT32);
    FusedWeights buffers = fused.zeros(manager);
    TrainingKernels.Options options =
        new TrainingKernels.Options(ComputeDtype.FLOAT32, recompute, true, new LogitRows(5, kept));
    TrainingKernels kernels =
        new TrainingKernels(manager, pi.config().shape(), options, fused, Gradients.of(buffers));
    List<Row> rows = rows();
    TokenBatch batch = TokenBatch.of(manager, rows);
    Tokens tokens = new Tokens(batch.ids(), batch.at(), batch.targets(), batch.temperature());
    List<NDArray> anchors;
    try (CausalLm base = CausalLm.of(weights("tiny-qwen3"), manager);
        CausalLm precedent = CausalLm.of(weights("tiny-llama3"), manager)) {
      anchors = new AnchorPolicies(base, precedent).logprobs(manager, batch);
    }
    Forward forward = kernels.forward(manager, tokens);
    List<NDArray> divergences = kernels.divergences(manager, tokens, forward, anchors);
    for (int i = 0; i < rows.size(); i++) {
      assertClose(row(divergences.get(0), rows, i), "base." + i);
      assertClose(row(divergences.get(1), rows, i), "precedent." + i);
    }
    NDArray zero = batch.mask().zerosLike();
    kernels.backward(
        tokens,
        forward,
        new TokenLogprobs(zero, zero),
        new OfDivergences(anchors, List.of(batch.mask().mul(LAMBDA), batch.mask().mul(1 - LAMBDA))),
        Optional.empty());
    List<NDArray> gradients = buffers.views(manager);
    int index = 0;
    for (String parameter : pi.byName().keySet()) {
      assertClose(gradients.get(index++).toFloatArray(), "grad." + parameter);
    }
  }

  private static float[] row(NDArray values, List<Row> rows, int i) {
    return Arrays.copyOf(values.get(i).toFloatArray(), rows.get(i).responseIds().length);
  }

  /** Within a tolerance of the largest expected value, so that small and large tensors count. */
  private void assertClose(float[] actual, String name) {
    float[] expected = fixture.floats(name);
    assertThat(actual).as(name).hasSameSizeAs(expected);
    double largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i])
          .as("%s at %d", name, i)
          .isCloseTo(expected[i], within(1e-3 * largest));
    }
  }
}
