package dev.sponge.rl.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.model.TokenBatch;
import dev.sponge.rl.model.ValueHead;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.tensor.DecoderKernels.TokenLogprobs;
import dev.sponge.rl.tensor.FusedWeights;
import dev.sponge.rl.tensor.LogitRows;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.tensor.TrainingKernels;
import dev.sponge.rl.tensor.TrainingKernels.OfDivergences;
import dev.sponge.rl.tensor.TrainingKernels.Tokens;
import dev.sponge.rl.tensor.ValueKernels;
import dev.sponge.rl.tensor.ValueKernels.Head;
import dev.sponge.rl.tensor.ValueKernels.States;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The backward pass of policy and critic through one backbone. */
class JointGradientTest {
  private static final float OF_LOGP = -0.7f;
  private static final float OF_ENTROPY = 0.2f;
  private static final float OF_VALUES = 0.5f;

  private NDManager manager;
  private Weights initial;
  private ValueHead head;
  private List<TrainingSequence> data;

  @BeforeEach
  void open() {
    manager = TorchEngine.newManager(Device.cpu());
    initial = JointCriticTest.policy(manager);
    head = ValueHead.random(initial.config(), 8, 0.3, manager);
    data = JointCriticTest.rollouts(initial, manager);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  /** All parameters, the head's w and b last, and a loss of log-probs, entropy and values. */
  private final class Model {
    private final NDManager scratch;
    private final TokenBatch batch;
    private final List<NDArray> parameters;

    Model(NDManager scratch, List<NDArray> parameters) {
      this.scratch = scratch;
      this.parameters = parameters;
      batch = TokenBatch.of(scratch, data);
    }

    private Head head() {
      int n = parameters.size();
      return new Head(parameters.get(n - 2), parameters.get(n - 1));
    }

    private FusedWeights fused() {
      return FusedWeights.copyOf(
          scratch,
          initial.config().shape(),
          parameters.subList(0, parameters.size() - 2),
          ComputeDtype.FLOAT32);
    }

    /** What one backward pass leaves: with the policy's slopes, with the values' or with both. */
    List<float[]> gradients(boolean recompute, float ofPolicy, float ofValues) {
      return gradients(recompute, ofPolicy, Optional.of(ofValues), OfDivergences.NONE);
    }

    /** The divergences from two distributions that owe nothing to the model. */
    OfDivergences divergences() {
      int v = initial.config().vocabSize();
      int rows = (int) batch.mask().getShape().size();
      Random random = new Random(2);
      List<NDArray> references = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        float[] logits = new float[rows * v];
        for (int j = 0; j < logits.length; j++) {
          logits[j] = (float) random.nextGaussian();
        }
        references.add(scratch.create(logits, new Shape(rows, v)).logSoftmax(1));
      }
      return new OfDivergences(references, List.of(batch.mask().mul(0.4f), batch.mask().mul(0.3f)));
    }

    List<float[]> gradients(
        boolean recompute, float ofPolicy, Optional<Float> ofValues, OfDivergences divergences) {
      FusedWeights fused = fused();
      FusedWeights buffers = fused.zeros(scratch);
      Head zeros = zeros();
      TrainingKernels kernels = kernels(fused, buffers, zeros, recompute);
      TrainingKernels.Forward forward = kernels.forward(scratch, tokens());
      NDArray values = kernels.values(scratch, tokens(), forward);
      kernels.backward(
          tokens(),
          forward,
          new TokenLogprobs(
              batch.mask().mul(OF_LOGP * ofPolicy), batch.mask().mul(OF_ENTROPY * ofPolicy)),
          divergences,
          ofValues.map(factor -> values.mul(batch.mask()).mul(OF_VALUES * factor)));
      return copies(buffers, zeros);
    }

    /** Of the values alone, by the kernels of a critic with a backbone of its own. */
    List<float[]> gradientsOfOwnCritic() {
      FusedWeights fused = fused();
      FusedWeights buffers = fused.zeros(scratch);
      Head zeros = zeros();
      ValueKernels kernels =
          new ValueKernels(
              scratch,
              initial.config().shape(),
              new ValueKernels.Options(ComputeDtype.FLOAT32, false, true),
              fused,
              head(),
              ValueKernels.Gradients.of(buffers, zeros));
      States states = new States(batch.ids(), batch.at());
      ValueKernels.Forward forward = kernels.forward(scratch, states);
      kernels.backward(states, forward, forward.values().mul(batch.mask()).mul(OF_VALUES));
      return copies(buffers, zeros);
    }

    /** Sum over tokens of a log pi + h H + c v^2 / 2. */
    double loss() {
      FusedWeights fused = fused();
      TrainingKernels kernels = kernels(fused, fused.zeros(scratch), zeros(), false);
      TrainingKernels.Forward forward = kernels.forward(scratch, tokens());
      float[] logp = forward.logprobs().logprobs().toFloatArray();
      float[] entropy = forward.logprobs().entropy().toFloatArray();
      float[] v = kernels.values(scratch, tokens(), forward).toFloatArray();
      float[] mask = batch.mask().toFloatArray();
      double sum = 0;
      for (int i = 0; i < mask.length; i++) {
        sum += mask[i] * (OF_LOGP * logp[i] + OF_ENTROPY * entropy[i]);
        sum += mask[i] * 0.5 * OF_VALUES * v[i] * v[i];
      }
      return sum;
    }

    private Tokens tokens() {
      return new Tokens(batch.ids(), batch.at(), batch.targets(), batch.temperature());
    }

    private Head zeros() {
      return new Head(
          scratch.zeros(head().weight().getShape()), scratch.zeros(head().bias().getShape()));
    }

    private TrainingKernels kernels(
        FusedWeights fused, FusedWeights buffers, Head zeros, boolean recompute) {
      TrainingKernels kernels =
          new TrainingKernels(
              scratch,
              initial.config().shape(),
              new TrainingKernels.Options(
                  ComputeDtype.FLOAT32, recompute, true, new LogitRows(16, 4096)),
              fused,
              TrainingKernels.Gradients.of(buffers));
      kernels.bindValueHead(head(), zeros);
      return kernels;
    }

    private List<float[]> copies(FusedWeights buffers, Head zeros) {
      List<float[]> result = new ArrayList<>();
      buffers.views(scratch).forEach(view -> result.add(view.toFloatArray()));
      result.add(zeros.weight().toFloatArray());
      result.add(zeros.bias().toFloatArray());
      return result;
    }
  }

  private List<NDArray> parameters() {
    List<NDArray> all = new ArrayList<>(initial.byName().values());
    all.addAll(head.byName().values());
    return all;
  }

  private static double norm(float[] values) {
    double squares = 0;
    for (float value : values) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares);
  }

  /** Along its gradient the loss rises by the gradient's norm. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theJointGradientOfEveryParameterIsTheDifferenceQuotient(boolean recompute) {
    List<String> names = new ArrayList<>(initial.byName().keySet());
    names.addAll(head.byName().keySet());
    List<float[]> gradients;
    try (NDManager scratch = manager.newSubManager()) {
      gradients = new Model(scratch, parameters()).gradients(recompute, 1, 1);
    }
    float step = 4e-3f;
    for (int p = 0; p < names.size(); p++) {
      float[] gradient = gradients.get(p);
      double norm = norm(gradient);
      assertThat(norm).as(names.get(p)).isGreaterThan(1e-3);
      double[] losses = new double[2];
      for (int side = 0; side < 2; side++) {
        try (NDManager scratch = manager.newSubManager()) {
          List<NDArray> moved = new ArrayList<>(parameters());
          float[] values = moved.get(p).toFloatArray();
          for (int i = 0; i < values.length; i++) {
            values[i] += (float) ((side == 0 ? -step : step) * gradient[i] / norm);
          }
          moved.set(p, scratch.create(values, moved.get(p).getShape()));
          losses[side] = new Model(scratch, moved).loss();
        }
      }
      double quotient = (losses[1] - losses[0]) / (2 * step);
      assertThat(quotient).as(names.get(p)).isCloseTo(norm, within(2e-2 * norm + 5e-3));
    }
  }

  /** Both addends equal torch's gradients in tests of their own. */
  @Test
  void theJointGradientIsTheSumOfThePolicysAndTheCritics() {
    try (NDManager scratch = manager.newSubManager()) {
      Model model = new Model(scratch, parameters());
      List<float[]> joint = model.gradients(false, 1, 1);
      List<float[]> policy = model.gradients(false, 1, 0);
      assertSum(joint, policy, model.gradientsOfOwnCritic());
    }
  }

  private static void assertSum(List<float[]> joint, List<float[]> first, List<float[]> second) {
    for (int p = 0; p < joint.size(); p++) {
      for (int i = 0; i < joint.get(p).length; i++) {
        double sum = (double) first.get(p)[i] + second.get(p)[i];
        assertThat((double) joint.get(p)[i])
            .as("parameter %d at %d", p, i)
            .isCloseTo(sum, within(1e-4 * (1 + Math.abs(sum))));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void divergencesOverTheVocabularyBesideTheValuesAddTheirOwnGradient(boolean recompute) {
    try (NDManager scratch = manager.newSubManager()) {
      Model model = new Model(scratch, parameters());
      OfDivergences divergences = model.divergences();
      List<float[]> alone = model.gradients(recompute, 0, Optional.empty(), divergences);
      assertThat(norm(alone.get(0))).isGreaterThan(1e-3);
      // Nothing reaches the value head.
      assertThat(norm(alone.get(alone.size() - 2))).isZero();
      assertThat(norm(alone.get(alone.size() - 1))).isZero();
      assertSum(
          model.gradients(recompute, 1, Optional.of(1f), divergences),
          model.gradients(recompute, 1, 1),
          alone);
    }
  }
}
