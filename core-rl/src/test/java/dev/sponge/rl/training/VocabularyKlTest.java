package dev.sponge.rl.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.sponge.rl.model.CausalLm;
import dev.sponge.rl.model.ModelConfig;
import dev.sponge.rl.model.TokenBatch;
import dev.sponge.rl.model.TokenSequence;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.tensor.DecoderKernels.TokenLogprobs;
import dev.sponge.rl.tensor.LogitRows;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.tensor.TrainingKernels;
import dev.sponge.rl.tensor.TrainingKernels.Forward;
import dev.sponge.rl.tensor.TrainingKernels.OfDivergences;
import dev.sponge.rl.tensor.TrainingKernels.Tokens;
import dev.sponge.rl.training.TrainedWeights.Buffers;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** KL over the whole vocabulary, here of three tokens, with a trained model and two references. */
class VocabularyKlTest {
  private static final int V = 3;
  private static final double TEMPERATURE = 0.8;
  private static final double LAMBDA = 0.7;

  private NDManager manager;
  private Weights pi;
  private Weights base;
  private Weights precedent;

  private record Row(int[] promptIds, int[] responseIds, double temperature)
      implements TokenSequence {}

  private final List<Row> rows =
      List.of(
          new Row(new int[] {1, 2}, new int[] {0, 2, 1}, TEMPERATURE),
          new Row(new int[] {2}, new int[] {1, 1, 0}, TEMPERATURE));

  @BeforeEach
  void open() {
    manager = TorchEngine.newManager(Device.cpu());
    ModelConfig config =
        ModelConfig.builder()
            .widths(8, 12)
            .layers(1)
            .heads(2, 1)
            .vocabSize(V)
            .maxPositions(16)
            .tieWordEmbeddings(false)
            .specialTokens(1, 0)
            .build();
    pi = Weights.random(config, 3, 0.5f, manager);
    base = Weights.random(config, 4, 0.5f, manager);
    precedent = Weights.random(config, 5, 0.5f, manager);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  /** (B*C, V) probabilities from the logits of the model, in double. */
  private double[][] distributions(Weights weights) {
    try (CausalLm model = CausalLm.of(weights, manager);
        NDManager scratch = manager.newSubManager()) {
      TokenBatch batch = TokenBatch.of(scratch, rows);
      float[] logits = model.logits(scratch, batch.ids()).toFloatArray();
      long[] at = batch.at().toLongArray();
      double[][] result = new double[at.length][V];
      for (int i = 0; i < at.length; i++) {
        double sum = 0;
        for (int v = 0; v < V; v++) {
          result[i][v] = Math.exp(logits[(int) at[i] * V + v] / TEMPERATURE);
          sum += result[i][v];
        }
        for (int v = 0; v < V; v++) {
          result[i][v] /= sum;
        }
      }
      return result;
    }
  }

  private static double kl(double[] p, double[] q) {
    double sum = 0;
    for (int v = 0; v < V; v++) {
      sum += p[v] * Math.log(p[v] / q[v]);
    }
    return sum;
  }

  /** KL(pi || base^lambda precedent^(1 - lambda) / Z) - log Z. */
  private static double toMixture(double[] p, double[] b, double[] k) {
    double[] mixture = new double[V];
    double z = 0;
    for (int v = 0; v < V; v++) {
      mixture[v] = Math.pow(b[v], LAMBDA) * Math.pow(k[v], 1 - LAMBDA);
      z += mixture[v];
    }
    for (int v = 0; v < V; v++) {
      mixture[v] /= z;
    }
    return kl(p, mixture) - Math.log(z);
  }

  private record Measured(List<float[]> divergences, List<float[]> gradients) {}

  /** Divergences, and the gradient of the sum of LAMBDA * first + (1 - LAMBDA) * second. */
  private Measured measured(boolean recompute, LogitRows logitRows, Weights... references) {
    try (NDManager scratch = manager.newSubManager();
        TrainedWeights weights = TrainedWeights.full(pi, ComputeDtype.FLOAT32, scratch)) {
      Buffers buffers = weights.newBuffers(scratch);
      TrainingKernels.Options options =
          new TrainingKernels.Options(ComputeDtype.FLOAT32, recompute, true, logitRows);
      TrainingKernels kernels =
          new TrainingKernels(
              scratch, pi.config().shape(), options, weights.compute(), buffers.gradients());
      TokenBatch batch = TokenBatch.of(scratch, rows);
      Tokens tokens = new Tokens(batch.ids(), batch.at(), batch.targets(), batch.temperature());
      Forward forward = kernels.forward(scratch, tokens);
      List<NDArray> logprobs = new ArrayList<>();
      for (Weights reference : references) {
        try (CausalLm model = CausalLm.of(reference, manager)) {
          logprobs.add(
              model
                  .kernels()
                  .vocabularyLogprobs(scratch, batch.ids(), batch.at(), batch.temperature(), 2));
        }
      }
      List<float[]> divergences =
          kernels.divergences(scratch, tokens, forward, logprobs).stream()
              .map(NDArray::toFloatArray)
              .toList();
      List<NDArray> slopes = new ArrayList<>();
      for (int i = 0; i < references.length; i++) {
        slopes.add(scratch.full(batch.mask().getShape(), (float) (i == 0 ? LAMBDA : 1 - LAMBDA)));
      }
      NDArray zero = batch.mask().zerosLike();
      kernels.backward(
          tokens,
          forward,
          new TokenLogprobs(zero, zero),
          new OfDivergences(logprobs, slopes),
          Optional.empty());
      return new Measured(
          divergences, buffers.byParameter().stream().map(NDArray::toFloatArray).toList());
    }
  }

  @ParameterizedTest
  @CsvSource({"false, 100", "false, 0", "true, 0"})
  void valuesAreThoseOfTheThreeProbabilities(boolean recompute, int kept) {
    Measured measured = measured(recompute, new LogitRows(4, kept), base, precedent);
    double[][] p = distributions(pi);
    double[][] b = distributions(base);
    double[][] k = distributions(precedent);
    for (int i = 0; i < p.length; i++) {
      double toBase = measured.divergences().get(0)[i];
      double toPrecedent = measured.divergences().get(1)[i];
      assertThat(toBase).isCloseTo(kl(p[i], b[i]), within(1e-5)).isPositive();
      assertThat(toPrecedent).isCloseTo(kl(p[i], k[i]), within(1e-5)).isPositive();
      assertThat(LAMBDA * toBase + (1 - LAMBDA) * toPrecedent)
          .isCloseTo(toMixture(p[i], b[i], k[i]), within(1e-5));
    }
  }

  @Test
  void thePolicyItselfIsAtDistanceZeroWithoutAGradient() {
    Measured measured = measured(false, new LogitRows(4, 100), pi);
    for (float value : measured.divergences().get(0)) {
      assertThat(value).isCloseTo(0, within(1e-6f));
    }
    for (float[] gradient : measured.gradients()) {
      for (float value : gradient) {
        assertThat(value).isCloseTo(0, within(1e-5f));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"false, 100", "false, 0", "true, 0"})
  void gradientsAreFiniteDifferences(boolean recompute, int kept) {
    List<float[]> gradients =
        measured(recompute, new LogitRows(4, kept), base, precedent).gradients();
    double[][] b = distributions(base);
    double[][] k = distributions(precedent);
    List<NDArray> parameters = pi.tensors();
    for (int i = 0; i < parameters.size(); i++) {
      float[] values = parameters.get(i).toFloatArray();
      int j = values.length / 2;
      double[] side = new double[2];
      float step = 1e-2f;
      float at = values[j];
      for (int s = 0; s < 2; s++) {
        values[j] = at + (s == 0 ? -step : step);
        List<NDArray> moved = new ArrayList<>(parameters);
        moved.set(i, manager.create(values, parameters.get(i).getShape()));
        double[][] p = distributions(Weights.copyOf(pi.config(), moved, manager));
        for (int t = 0; t < p.length; t++) {
          side[s] += LAMBDA * kl(p[t], b[t]) + (1 - LAMBDA) * kl(p[t], k[t]);
        }
      }
      assertThat((double) gradients.get(i)[j])
          .as(pi.config().parameterShapes().keySet().toArray()[i].toString())
          .isCloseTo((side[1] - side[0]) / (2 * step), within(3e-3));
    }
  }
}
