package dev.sponge.rl.training;

import ai.djl.ndarray.NDArray;
import dev.sponge.rl.model.TokenBatch;
import dev.sponge.rl.objective.BatchTotals;
import dev.sponge.rl.tensor.ValueKernels.Head;
import dev.sponge.rl.training.CriticTrainer.Copied;
import dev.sponge.rl.training.CriticTrainer.ValueMicroBatch;
import java.util.List;
import java.util.Map;

/**
 * A critic that learns together with the policy whose backbone it shares: loss = policy loss + c_v
 * * value loss (PPO, arXiv 1707.06347, equation 9), in one backward pass through the layers. The
 * backbone follows the policy's optimiser, the value head the critic's, each with a learning rate
 * and a gradient norm of its own.
 *
 * @param trainer of a critic with a shared backbone; owns head and optimiser
 * @param lessons by rollout, for all that the policy trains on
 * @param coefficient c_v, above 0
 * @param valueClip above 0, in units of the reward; infinite for no clip
 */
public record JointCritic(
    CriticTrainer trainer,
    Map<String, CriticSequence> lessons,
    double coefficient,
    double valueClip) {
  /**
   * @throws IllegalArgumentException when the critic has a backbone of its own
   */
  public JointCritic {
    if (!trainer.critic().isShared()) {
      throw new IllegalArgumentException("this critic has a backbone of its own");
    }
    if (!(coefficient > 0)) {
      throw new IllegalArgumentException("coefficient is " + coefficient + ", must be above 0");
    }
  }

  Head head() {
    return trainer.critic().head().head();
  }

  /** The value loss of a micro-batch of the policy's, before c_v. */
  GradientWorkers.LossAnd<Copied> loss(
      NDArray values, TokenBatch batch, List<TrainingSequence> part, BatchTotals totals) {
    return new ValueMicroBatch(lessons(part), totals, valueClip)
        .loss(values, batch, values.getManager());
  }

  /**
   * Moves the head.
   *
   * @param gradients of its weight and bias, summed over the minibatch
   */
  CriticReport update(
      List<NDArray> gradients, List<List<TrainingSequence>> parts, List<Copied> reports) {
    AdamW.Update update = trainer.optimizer().update(gradients);
    if (!Double.isFinite(update.gradNorm())) {
      throw CriticTrainer.diverged("gradient norm " + update.gradNorm(), null);
    }
    return CriticTrainer.totals(parts.stream().map(this::lessons).toList(), reports).report(update);
  }

  private List<CriticSequence> lessons(List<TrainingSequence> part) {
    return part.stream().map(sequence -> lessons.get(sequence.rolloutId())).toList();
  }
}
