package dev.sponge.rl.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.sponge.rl.model.Critic;
import dev.sponge.rl.model.TokenBatch;
import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.tensor.FusedWeights;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.tensor.ValueKernels;
import dev.sponge.rl.tensor.ValueKernels.Gradients;
import dev.sponge.rl.tensor.ValueKernels.Head;
import dev.sponge.rl.tensor.ValueKernels.States;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The value head's kernels, with and without a backbone that is trained. */
class ValueKernelsTest {
  private NDManager manager;
  private Critic initial;
  private List<CriticSequence> data;

  @BeforeEach
  void open() {
    manager = TorchEngine.newManager(Device.cpu());
    initial = Critic.fresh(CriticTrainerTest.policy(manager), 8, 0.1, manager);
    data = CriticTrainerTest.rows(12);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theHeadsGradientIsTheDifferenceQuotient(boolean headOnly) {
    try (NDManager scratch = manager.newSubManager()) {
      Head head = initial.head().head();
      Head gradient =
          new Head(scratch.zeros(head.weight().getShape()), scratch.zeros(head.bias().getShape()));
      ValueKernels kernels = kernels(scratch, head, gradient, headOnly);
      TokenBatch batch = TokenBatch.of(scratch, data);
      States states = new States(batch.ids(), batch.at());
      ValueKernels.Forward forward = kernels.forward(scratch, states);
      // 1/2 sum of v^2 over response tokens: its slope is v.
      kernels.backward(states, forward, forward.values().mul(batch.mask()));
      float[] w = head.weight().toFloatArray();
      float[] b = head.bias().toFloatArray();
      float delta = 0.25f;
      for (int i : new int[] {0, 7, 31, 32}) {
        double[] losses = new double[2];
        for (int side = 0; side < 2; side++) {
          float[] weight = w.clone();
          float[] bias = b.clone();
          float[] moved = i < weight.length ? weight : bias;
          moved[i % weight.length] += side == 0 ? -delta : delta;
          Head other =
              new Head(
                  scratch.create(weight, head.weight().getShape()),
                  scratch.create(bias, head.bias().getShape()));
          losses[side] = halfSquares(kernels(scratch, other, gradient, headOnly), batch, scratch);
        }
        double quotient = (losses[1] - losses[0]) / (2 * delta);
        double actual =
            i < w.length ? gradient.weight().toFloatArray()[i] : gradient.bias().toFloatArray()[0];
        assertThat(Math.abs(actual - quotient))
            .as("parameter %d: %s and %s", i, actual, quotient)
            .isLessThan(1e-3 * (1 + Math.abs(quotient)));
      }
    }
  }

  private ValueKernels kernels(NDManager scratch, Head head, Head gradient, boolean headOnly) {
    var shape = initial.backbone().config().shape();
    FusedWeights fused =
        FusedWeights.copyOf(scratch, shape, initial.backbone().tensors(), ComputeDtype.FLOAT32);
    Gradients gradients =
        headOnly ? Gradients.ofHead(gradient) : Gradients.of(fused.zeros(scratch), gradient);
    ValueKernels.Options options = new ValueKernels.Options(ComputeDtype.FLOAT32, headOnly, true);
    return new ValueKernels(scratch, shape, options, fused, head, gradients);
  }

  private static double halfSquares(ValueKernels kernels, TokenBatch batch, NDManager scratch) {
    float[] values = kernels.score(scratch, new States(batch.ids(), batch.at())).toFloatArray();
    float[] mask = batch.mask().toFloatArray();
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      sum += 0.5 * values[i] * values[i] * mask[i];
    }
    return sum;
  }
}
