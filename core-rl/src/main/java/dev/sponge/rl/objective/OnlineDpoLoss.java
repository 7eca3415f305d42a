package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.UserError;

/**
 * Online DPO (arXiv 2402.04792; off-policy arXiv 2410.18252): -log sigmoid(beta h), with h the
 * chosen minus the rejected sequence's log pi_theta/base. Rows 2i are chosen, rows 2i + 1 rejected;
 * advantages are not read. Pairs with equal rewards have no place in the batch. Every token of a
 * pair carries the pair's value: {@link LossAggregation#SEQ_MEAN_TOKEN_MEAN} is the mean over
 * pairs.
 *
 * @param beta above 0
 * @param ipo IPO (arXiv 2310.12036) instead: (h - 1 / (2 beta))^2
 */
public record OnlineDpoLoss(double beta, boolean ipo) implements PolicyLoss {
  public OnlineDpoLoss {
    Settings.require(beta > 0, "objective.dpo.beta", beta, "above 0");
  }

  @Override
  public LossLevel level() {
    return LossLevel.PAIR;
  }

  @Override
  public TokenLoss loss(PolicyBatch batch) {
    long rows = batch.logp().getShape().get(0);
    if (rows % 2 != 0) {
      throw new UserError(
          "a batch of %d rows cannot be cut into pairs of a chosen and a rejected row;"
                  .formatted(rows)
              + " set training.micro_batch_sequences to an even number");
    }
    SampledTokens tokens = new SampledTokens(batch);
    NDArray logRatio = tokens.keep(batch.logp().sub(batch.frozen().base().stopGradient()));
    NDArray pairs = tokens.sum(logRatio).reshape(rows / 2, 2); // (B/2, 2)
    NDArray margin = pairs.get(":, 0:1").sub(pairs.get(":, 1:2")); // (B/2, 1)
    NDArray loss = ipo ? ipoLoss(margin) : dpoLoss(margin);
    NDArray bothRows = loss.add(pairs.zerosLike()); // (B/2, 2)
    return tokens.loss(bothRows.reshape(new Shape(rows, 1)));
  }

  /** log(1 + exp(-beta h)), as the log-softmax of (beta h, 0), which never overflows. */
  private NDArray dpoLoss(NDArray margin) {
    NDArray scaled = Constants.times(margin, beta);
    NDArray two = NDArrays.concat(new NDList(scaled, margin.zerosLike()), 1); // (B/2, 2)
    return two.logSoftmax(1).get(":, 0:1").neg();
  }

  private NDArray ipoLoss(NDArray margin) {
    return margin.sub(1 / (2 * beta)).square();
  }
}
