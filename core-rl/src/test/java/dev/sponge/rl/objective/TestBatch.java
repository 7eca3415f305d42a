package dev.sponge.rl.objective;

import static dev.sponge.rl.objective.Autograd.array;
import static dev.sponge.rl.objective.Autograd.gaussians;
import static dev.sponge.rl.objective.Autograd.plus;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;

/** The numbers of a batch, open to change, and the batch made of them. */
final class TestBatch {
  double[][] logp;
  double[][] mu;
  double[][] current;
  double[][] base;
  double[][] sampler;
  double[][] advantages;
  double[][] mask;

  /** All policies equal at log-prob 0, advantage and mask 1. */
  static TestBatch constant(int rows, int columns) {
    TestBatch batch = new TestBatch();
    batch.logp = new double[rows][columns];
    batch.mu = new double[rows][columns];
    batch.current = new double[rows][columns];
    batch.base = new double[rows][columns];
    batch.sampler = new double[rows][columns];
    batch.advantages = filled(rows, columns, 1);
    batch.mask = filled(rows, columns, 1);
    return batch;
  }

  /** Random policies near each other; one advantage per row, as sequence losses expect. */
  static TestBatch random(long seed, int rows, int columns) {
    TestBatch batch = constant(rows, columns);
    batch.current = plus(filled(rows, columns, -1.5), gaussians(seed, rows, columns, 0.5));
    batch.logp = plus(batch.current, gaussians(seed + 1, rows, columns, 0.3));
    batch.mu = plus(batch.current, gaussians(seed + 2, rows, columns, 0.3));
    batch.base = plus(batch.current, gaussians(seed + 3, rows, columns, 0.3));
    batch.sampler = plus(batch.mu, gaussians(seed + 4, rows, columns, 0.3));
    double[][] perRow = gaussians(seed + 5, rows, 1, 1);
    for (int b = 0; b < rows; b++) {
      Arrays.fill(batch.advantages[b], perRow[b][0]);
    }
    return batch;
  }

  static double[][] filled(int rows, int columns, double value) {
    double[][] values = new double[rows][columns];
    for (double[] row : values) {
      Arrays.fill(row, value);
    }
    return values;
  }

  NDArray logp(NDManager manager) {
    return array(manager, logp);
  }

  PolicyBatch at(NDArray logp) {
    NDManager manager = logp.getManager();
    NDArray base = array(manager, this.base);
    return new PolicyBatch(
        logp,
        array(manager, new double[mask.length][mask[0].length]),
        new FrozenLogprobs(
            array(manager, mu), array(manager, current), base, base, array(manager, sampler)),
        array(manager, advantages),
        array(manager, filled(mask.length, mask[0].length, 1)),
        array(manager, mask));
  }

  /** The same batch with other rows, in the order given. */
  TestBatch rows(int... order) {
    TestBatch picked = new TestBatch();
    picked.logp = pick(logp, order);
    picked.mu = pick(mu, order);
    picked.current = pick(current, order);
    picked.base = pick(base, order);
    picked.sampler = pick(sampler, order);
    picked.advantages = pick(advantages, order);
    picked.mask = pick(mask, order);
    return picked;
  }

  private static double[][] pick(double[][] values, int[] order) {
    return Arrays.stream(order).mapToObj(b -> values[b].clone()).toArray(double[][]::new);
  }

  /** Sum of all token losses and its gradient in logp. */
  Autograd.Result sum(NDManager manager, PolicyLoss loss) {
    return Autograd.differentiate(logp(manager), x -> loss.loss(at(x)).loss().sum());
  }

  TokenLoss tokens(NDManager manager, PolicyLoss loss) {
    return loss.loss(at(logp(manager)));
  }
}
