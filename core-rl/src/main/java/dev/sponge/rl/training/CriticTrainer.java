package dev.sponge.rl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.sponge.rl.DivergedException;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import dev.sponge.rl.model.Critic;
import dev.sponge.rl.model.TokenBatch;
import dev.sponge.rl.model.TokenSequence;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.objective.BatchTotals;
import dev.sponge.rl.objective.ValueLoss;
import dev.sponge.rl.training.GradientWorkers.LossAnd;
import dev.sponge.rl.training.GradientWorkers.NonFiniteLossException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The trained value function V_phi of PPO (arXiv 1707.06347) with its optimiser. The value of a
 * response token is that of the state before it.
 */
public final class CriticTrainer implements AutoCloseable {
  private final TrainedCritic critic;
  private final NDManager manager;
  private final AdamW optimizer;
  private final ParallelGradients<NDArray, TrainedCritic.Worker> workers;

  /**
   * @param critic becomes V_phi; closed with this instance
   * @param optimizer the critic's own, apart from the policy's
   * @param parent owner; decides the device
   */
  public CriticTrainer(
      TrainedCritic critic,
      OptimizerSettings optimizer,
      TrainerSettings settings,
      NDManager parent) {
    this.critic = critic;
    manager = parent.newSubManager();
    this.optimizer = new AdamW(optimizer, critic.parameters(), manager);
    workers =
        new ParallelGradients<>(
            settings.workers(), manager, own -> critic.newWorker(settings, own));
  }

  private record Indexed(int index, TokenSequence sequence) implements TokenSequence.Wrapper {}

  /**
   * V_phi as it is now, without autograd.
   *
   * @param sequences any number, of any lengths
   * @return one array of length C a sequence, in their order
   * @throws UserError when a sequence is longer than the model's positions
   */
  public List<float[]> values(List<? extends TokenSequence> sequences, MicroBatchLimits limits) {
    sequences.forEach(this::checkLength);
    List<Indexed> order = new ArrayList<>();
    for (TokenSequence sequence : sequences) {
      order.add(new Indexed(order.size(), sequence));
    }
    List<List<Indexed>> parts = limits.cut(order);
    List<float[]> scored =
        workers.each(
            parts,
            (TrainedCritic.Worker worker, List<Indexed> part, int index, NDManager scratch) ->
                worker.score(TokenBatch.of(scratch, part), scratch).toFloatArray());
    float[][] result = new float[order.size()][];
    for (int p = 0; p < parts.size(); p++) {
      List<Indexed> part = parts.get(p);
      int c = scored.get(p).length / part.size();
      for (int row = 0; row < part.size(); row++) {
        int length = part.get(row).responseIds().length;
        result[part.get(row).index()] =
            Arrays.copyOfRange(scored.get(p), row * c, row * c + length);
      }
    }
    return List.of(result);
  }

  /**
   * One update towards the returns: the mean over all response tokens of 1/2 max((v - R)^2,
   * (clip(v, v_old - valueClip, v_old + valueClip) - R)^2).
   *
   * @param valueClip above 0, in units of the reward; infinite for no clip
   * @throws DivergedException when the loss or the gradient is not finite; no parameter has moved
   *     then
   * @throws UserError when a sequence is longer than the model's positions
   */
  public CriticReport update(
      List<CriticSequence> minibatch, MicroBatchLimits limits, double valueClip) {
    long tokens = minibatch.stream().mapToLong(sequence -> sequence.returns().length).sum();
    if (tokens == 0) {
      throw new SpongeException("the critic has no tokens to train on");
    }
    minibatch.forEach(this::checkLength);
    BatchTotals denominators = new BatchTotals(tokens, minibatch.size(), 1);
    List<List<CriticSequence>> parts = limits.cut(minibatch);
    workers.zero(optimizer.kernels());
    List<Copied> reports;
    try {
      reports =
          workers.run(
              parts.stream()
                  .map(part -> new ValueMicroBatch(part, denominators, valueClip))
                  .toList());
    } catch (NonFiniteLossException e) {
      throw diverged(e.getMessage(), e);
    }
    AdamW.Update update = optimizer.update(workers.gradients(optimizer.kernels()));
    if (!Double.isFinite(update.gradNorm())) {
      throw diverged("gradient norm " + update.gradNorm(), null);
    }
    critic.refresh();
    return totals(parts, reports).report(update);
  }

  static DivergedException diverged(String what, Throwable cause) {
    return new DivergedException(
        "critic: "
            + what
            + "; nothing was changed. Lower critic.learning_rate or look at the rewards",
        cause);
  }

  /** Token values of a micro-batch in Java memory, (B, C) row by row. */
  record Copied(float[] values, float[] loss, float[] clipped) {}

  record ValueMicroBatch(List<CriticSequence> part, BatchTotals totals, double valueClip)
      implements ParallelGradients.MicroBatch<NDArray, Copied> {
    @Override
    public TokenBatch batch(NDManager scratch) {
      return TokenBatch.of(scratch, part);
    }

    @Override
    public LossAnd<Copied> loss(NDArray values, TokenBatch batch, NDManager scratch) {
      NDArray mask = batch.mask();
      NDArray old = Padding.rows(scratch, mask.getShape(), part, CriticSequence::oldValues);
      NDArray returns = Padding.rows(scratch, mask.getShape(), part, CriticSequence::returns);
      NDArray loss = ValueLoss.loss(values, old, returns, mask, valueClip);
      NDArray clipped = ValueLoss.clipped(values, old, returns, mask, valueClip);
      return new LossAnd<>(
          ValueLoss.mean(loss, mask, totals),
          new Copied(values.toFloatArray(), loss.toFloatArray(), clipped.toFloatArray()));
    }
  }

  static CriticReport.Totals totals(List<List<CriticSequence>> parts, List<Copied> reports) {
    CriticReport.Totals totals = new CriticReport.Totals();
    for (int p = 0; p < parts.size(); p++) {
      Copied copied = reports.get(p);
      List<CriticSequence> part = parts.get(p);
      int c = copied.values().length / part.size();
      for (int row = 0; row < part.size(); row++) {
        float[] returns = part.get(row).returns();
        int from = row * c;
        IntStream.range(0, returns.length)
            .forEach(
                i ->
                    totals.add(
                        copied.values()[from + i],
                        returns[i],
                        copied.loss()[from + i],
                        copied.clipped()[from + i]));
      }
    }
    return totals;
  }

  private void checkLength(TokenSequence sequence) {
    int length = sequence.promptIds().length + sequence.responseIds().length;
    int limit = critic.config().maxPositionEmbeddings();
    if (length > limit) {
      throw new UserError(
          "a sequence of "
              + length
              + " tokens exceeds the critic's max_position_embeddings = "
              + limit
              + "; lower rollout.max_prompt_tokens or rollout.max_new_tokens");
    }
  }

  TrainedCritic critic() {
    return critic;
  }

  AdamW optimizer() {
    return optimizer;
  }

  /** Updates done so far, over all sessions. */
  public long updates() {
    return optimizer.updates();
  }

  /** Forgets the optimiser's moments. */
  public void resetOptimizer() {
    optimizer.reset();
  }

  /**
   * A critic that shares the policy's backbone reads these weights from now on.
   *
   * @throws IllegalStateException when the critic has a backbone of its own
   */
  public void follow(Weights policy) {
    critic.follow(policy);
  }

  /** Copies of V_phi's parameters as they are now. */
  public Critic snapshot(NDManager parent) {
    return critic.snapshot(parent);
  }

  /** Writes V_phi, or its head where it shares the policy's backbone, and the optimiser's state. */
  public void save(Path directory) {
    critic.save(directory);
    optimizer.save(directory);
  }

  /**
   * Continues with the moments of an earlier session; V_phi itself is given at construction.
   *
   * @throws UserError when files are missing or belong to another critic
   */
  public void loadState(Path directory) {
    optimizer.load(directory);
  }

  @Override
  public void close() {
    workers.close();
    manager.close();
    critic.close();
  }
}
