package dev.sponge.rl.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.sponge.rl.Fixture;
import dev.sponge.rl.model.Critic;
import dev.sponge.rl.model.TokenBatch;
import dev.sponge.rl.model.TokenSequence;
import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.tensor.DecoderShape;
import dev.sponge.rl.tensor.FusedWeights;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.tensor.ValueKernels;
import dev.sponge.rl.tensor.ValueKernels.Gradients;
import dev.sponge.rl.tensor.ValueKernels.States;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The critic against torch and transformers; see make_critic_fixture.py. */
class CriticParityTest {
  private final Fixture fixture = Fixture.open("tiny-critic/expected.safetensors");
  private NDManager manager;
  private Critic critic;

  @BeforeEach
  void open() {
    manager = TorchEngine.newManager(Device.cpu());
    critic = Critic.load(Fixture.directory().resolve("tiny-critic"), manager);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private record Row(int[] promptIds, int[] responseIds) implements TokenSequence {
    @Override
    public double temperature() {
      return 1;
    }
  }

  private List<CriticSequence> rows() {
    int[] ids = fixture.ints("input_ids");
    int[] prompts = fixture.ints("prompts");
    int[] responses = fixture.ints("responses");
    int t = ids.length / prompts.length;
    List<CriticSequence> rows = new ArrayList<>();
    for (int i = 0; i < prompts.length; i++) {
      int[] prompt = Arrays.copyOfRange(ids, i * t, i * t + prompts[i]);
      int[] response =
          Arrays.copyOfRange(ids, i * t + prompts[i], i * t + prompts[i] + responses[i]);
      rows.add(
          new CriticSequence(
              new Row(prompt, response),
              fixture.floats("returns." + i),
              fixture.floats("old." + i)));
    }
    return rows;
  }

  private CriticTrainer trainer(TrainerSettings settings) {
    OptimizerSettings optimizer =
        new OptimizerSettings(new LearningRateSchedule(1e-3, 0), .9, .95, 1e-8, .01, 1);
    TrainedCritic trained = TrainedCritic.own(critic, settings.dtype(), manager);
    return new CriticTrainer(trained, optimizer, settings, manager);
  }

  @ParameterizedTest
  @CsvSource({"1,1", "2,2", "64,1"})
  void valuesEqualTransformers(int sequences, int workers) {
    try (CriticTrainer trainer = trainer(TrainerSettings.of(workers))) {
      List<float[]> values = trainer.values(rows(), MicroBatchLimits.ofSequences(sequences));
      for (int row = 0; row < values.size(); row++) {
        assertClose(values.get(row), fixture.floats("values." + row), 1e-4, "values of row " + row);
      }
    }
  }

  @Test
  void valuesInBfloat16AreThoseOfTransformersButForRounding() {
    try (CriticTrainer trainer = trainer(new TrainerSettings(1, ComputeDtype.BFLOAT16, false))) {
      List<float[]> values = trainer.values(rows(), MicroBatchLimits.ofSequences(8));
      for (int row = 0; row < values.size(); row++) {
        assertClose(values.get(row), fixture.floats("values." + row), 3e-2, "values of row " + row);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"false,false", "false,true", "true,false", "true,true"})
  void everyGradientEqualsTransformers(boolean recompute, boolean fusedAttention) {
    DecoderShape shape = critic.backbone().config().shape();
    ValueKernels.Options options =
        new ValueKernels.Options(ComputeDtype.FLOAT32, recompute, fusedAttention);
    List<CriticSequence> rows = rows();
    try (NDManager scratch = manager.newSubManager()) {
      FusedWeights fused =
          FusedWeights.copyOf(scratch, shape, critic.backbone().tensors(), ComputeDtype.FLOAT32);
      FusedWeights buffers = fused.zeros(scratch);
      ValueKernels.Head ofHead = zeroHead(scratch);
      ValueKernels kernels =
          new ValueKernels(
              scratch, shape, options, fused, critic.head().head(), Gradients.of(buffers, ofHead));
      TokenBatch batch = TokenBatch.of(scratch, rows);
      States states = new States(batch.ids(), batch.at());
      ValueKernels.Forward forward = kernels.forward(scratch, states);
      kernels.backward(states, forward, slopes(forward.values(), batch, rows));
      List<NDArray> byParameter = buffers.views(scratch);
      int index = 0;
      for (String name : critic.backbone().byName().keySet()) {
        assertGradient(name, byParameter.get(index++));
      }
      assertGradient("value_head.weight", ofHead.weight());
      assertGradient("value_head.bias", ofHead.bias());
    }
  }

  /** v - R over the number of tokens: the slope of the mean of 1/2 (v - R)^2. */
  private static NDArray slopes(NDArray values, TokenBatch batch, List<CriticSequence> rows) {
    int c = (int) values.getShape().get(1);
    float[] slopes = new float[rows.size() * c];
    float[] v = values.toFloatArray();
    int tokens = rows.stream().mapToInt(row -> row.returns().length).sum();
    for (int row = 0; row < rows.size(); row++) {
      float[] returns = rows.get(row).returns();
      for (int i = 0; i < returns.length; i++) {
        slopes[row * c + i] = (v[row * c + i] - returns[i]) / tokens;
      }
    }
    return batch.mask().getManager().create(slopes, values.getShape());
  }

  private ValueKernels.Head zeroHead(NDManager scratch) {
    ValueKernels.Head head = critic.head().head();
    return new ValueKernels.Head(
        scratch.zeros(head.weight().getShape()), scratch.zeros(head.bias().getShape()));
  }

  private void assertGradient(String name, NDArray gradient) {
    assertClose(
        gradient.toFloatArray(), fixture.floats("grad." + name), 1e-3, "gradient of " + name);
  }

  @ParameterizedTest
  @CsvSource({"1,2,false", "64,1,false", "2,2,true"})
  void updatesEqualTorch(int sequences, int workers, boolean recompute) {
    TrainerSettings settings = new TrainerSettings(workers, ComputeDtype.FLOAT32, recompute);
    float[] losses = fixture.floats("losses");
    float[] clipped = fixture.floats("clipped");
    float[] norms = fixture.floats("norms");
    try (CriticTrainer trainer = trainer(settings)) {
      for (int update = 0; update < losses.length; update++) {
        CriticReport report = trainer.update(rows(), MicroBatchLimits.ofSequences(sequences), 0.5);
        assertThat(report.loss()).isCloseTo(losses[update], within(1e-4));
        assertThat(report.clipFraction()).isCloseTo(clipped[update], within(1e-6));
        assertThat(report.gradNorm()).isCloseTo(norms[update], within(1e-3 * norms[update]));
        assertThat(report.learningRate()).isEqualTo(1e-3);
      }
      List<float[]> values = trainer.values(rows(), MicroBatchLimits.ofSequences(8));
      for (int row = 0; row < values.size(); row++) {
        assertClose(values.get(row), fixture.floats("after." + row), 1e-3, "values after " + row);
      }
    }
  }

  @Test
  void theReportSaysWhatTheValuesExplain() {
    double[] moments = new double[4];
    int tokens = 0;
    for (int row = 0; row < rows().size(); row++) {
      float[] v = fixture.floats("values." + row);
      float[] r = fixture.floats("returns." + row);
      for (int i = 0; i < r.length; i++) {
        tokens++;
        moments[0] += r[i];
        moments[1] += (double) r[i] * r[i];
        moments[2] += r[i] - v[i];
        moments[3] += (double) (r[i] - v[i]) * (r[i] - v[i]);
      }
    }
    double ofReturns = moments[1] / tokens - Math.pow(moments[0] / tokens, 2);
    double ofErrors = moments[3] / tokens - Math.pow(moments[2] / tokens, 2);
    try (CriticTrainer trainer = trainer(TrainerSettings.of(1))) {
      CriticReport report = trainer.update(rows(), MicroBatchLimits.ofSequences(2), 0.5);
      assertThat(report.tokens()).isEqualTo(tokens);
      assertThat(report.returnMean()).isCloseTo(moments[0] / tokens, within(1e-6));
      assertThat(report.explainedVariance()).isCloseTo(1 - ofErrors / ofReturns, within(1e-3));
    }
  }

  @Test
  void theFixtureHoldsEveryParameter() {
    for (Map.Entry<String, NDArray> parameter : critic.backbone().byName().entrySet()) {
      assertThat(fixture.shape("grad." + parameter.getKey()))
          .isEqualTo(parameter.getValue().getShape().getShape());
    }
  }

  /** Within the tolerance of the largest expected value, so that small and large tensors count. */
  private static void assertClose(float[] actual, float[] expected, double tolerance, String what) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    double scale = 1e-3;
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      scale = Math.max(scale, Math.abs(expected[i]));
      worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
    }
    assertThat(worst).as(what).isLessThan(tolerance * scale);
  }
}
