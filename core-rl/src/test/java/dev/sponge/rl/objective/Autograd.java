package dev.sponge.rl.objective;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.sponge.rl.tensor.TorchEngine;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/** Arrays, random numbers and gradients for the tests of this package. */
final class Autograd {
  static {
    TorchEngine.start();
  }

  private Autograd() {}

  static NDManager manager() {
    TorchEngine.prepareThread();
    return NDManager.newBaseManager();
  }

  /** (B, C) array without gradient. */
  static NDArray array(NDManager manager, double[][] rows) {
    float[] flat = new float[rows.length * rows[0].length];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = (float) rows[i / rows[0].length][i % rows[0].length];
    }
    return manager.create(flat, new Shape(rows.length, rows[0].length));
  }

  /** (1, C) array without gradient. */
  static NDArray row(NDManager manager, double... values) {
    return array(manager, new double[][] {values});
  }

  static NDArray leaf(NDArray array) {
    array.setRequiresGradient(true);
    return array;
  }

  /** The value of a scalar loss and its gradient at one leaf, flattened. */
  static final class Result {
    private final float value;
    private final float[] gradient;

    private Result(float value, float[] gradient) {
      this.value = value;
      this.gradient = gradient;
    }

    float value() {
      return value;
    }

    float[] gradient() {
      return gradient;
    }
  }

  static Result differentiate(NDArray leaf, UnaryOperator<NDArray> loss) {
    leaf.setRequiresGradient(true);
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      NDArray value = loss.apply(leaf);
      collector.backward(value);
      return new Result(value.getFloat(), leaf.getGradient().toFloatArray());
    }
  }

  static double[][] gaussians(long seed, int rows, int columns, double scale) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] values = new double[rows][columns];
    for (double[] row : values) {
      for (int i = 0; i < columns; i++) {
        row[i] = scale * gaussian(random);
      }
    }
    return values;
  }

  static double[][] plus(double[][] a, double[][] b) {
    double[][] sum = new double[a.length][a[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a[0].length; j++) {
        sum[i][j] = a[i][j] + b[i][j];
      }
    }
    return sum;
  }

  static double[] softmax(double[] logits) {
    double sum = 0;
    double[] p = new double[logits.length];
    for (int i = 0; i < p.length; i++) {
      p[i] = Math.exp(logits[i]);
      sum += p[i];
    }
    for (int i = 0; i < p.length; i++) {
      p[i] /= sum;
    }
    return p;
  }

  static double[] log(double[] values) {
    double[] result = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = Math.log(values[i]);
    }
    return result;
  }

  static double[] ones(int n) {
    double[] result = new double[n];
    java.util.Arrays.fill(result, 1);
    return result;
  }

  static double kl(double[] p, double[] q) {
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      sum += p[i] * Math.log(p[i] / q[i]);
    }
    return sum;
  }

  /** Gradient of E_p[f] in the logits of p, with f fixed: p (f - E_p f). */
  static double[] policyGradient(double[] p, double[] f) {
    double mean = 0;
    for (int i = 0; i < p.length; i++) {
      mean += p[i] * f[i];
    }
    double[] gradient = new double[p.length];
    for (int i = 0; i < p.length; i++) {
      gradient[i] = p[i] * (f[i] - mean);
    }
    return gradient;
  }

  /** Gradient of KL(p || q) in the logits of p. */
  static double[] klGradient(double[] p, double[] q) {
    double[] delta = new double[p.length];
    for (int i = 0; i < p.length; i++) {
      delta[i] = Math.log(p[i] / q[i]);
    }
    return policyGradient(p, delta);
  }

  private static double gaussian(SplittableRandom random) {
    return Math.sqrt(-2 * Math.log(1 - random.nextDouble()))
        * Math.cos(2 * Math.PI * random.nextDouble());
  }
}
