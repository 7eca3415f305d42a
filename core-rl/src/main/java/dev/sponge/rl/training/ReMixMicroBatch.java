package dev.sponge.rl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.model.TokenBatch;
import dev.sponge.rl.objective.BatchTotals;
import dev.sponge.rl.objective.FrozenLogprobs;
import dev.sponge.rl.objective.LossResult;
import dev.sponge.rl.objective.ObjectiveSettings;
import dev.sponge.rl.objective.PolicyBatch;
import dev.sponge.rl.objective.ReMixObjective;
import dev.sponge.rl.objective.ValueLoss;
import dev.sponge.rl.tensor.DecoderKernels.TokenLogprobs;
import dev.sponge.rl.training.GradientWorkers.LossAnd;
import dev.sponge.rl.training.GradientWorkers.MicroBatch;
import dev.sponge.rl.training.GradientWorkers.Outputs;
import dev.sponge.rl.training.TokenTotals.Copied;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;

/**
 * A micro-batch's share of the ReMix objective, and of the value loss of a critic that learns with
 * the policy.
 */
record ReMixMicroBatch(
    List<TrainingSequence> part,
    ObjectiveSettings objective,
    BatchTotals totals,
    Optional<JointCritic> critic)
    implements MicroBatch<ReMixMicroBatch.Reported> {

  /** What is reported of the policy, and of the critic that learns with it. */
  record Reported(Copied policy, Optional<CriticTrainer.Copied> values) {}

  @Override
  public TokenBatch batch(NDManager scratch) {
    return TokenBatch.of(scratch, part);
  }

  @Override
  public LossAnd<Reported> loss(Outputs outputs, TokenBatch batch, NDManager scratch) {
    TokenLogprobs trained = outputs.tokens();
    Shape shape = batch.mask().getShape();
    PolicyBatch inputs =
        new PolicyBatch(
            trained.logprobs(),
            trained.entropy(),
            frozen(scratch, shape),
            Padding.rows(scratch, shape, part, sequence -> sequence.signal().advantages()),
            weights(scratch, shape, part),
            batch.mask(),
            outputs.vocabularyKl());
    LossResult result = ReMixObjective.loss(inputs, objective, totals);
    Copied copied = Copied.of(result.stats());
    if (critic.isEmpty()) {
      return new LossAnd<>(result.loss(), new Reported(copied, Optional.empty()));
    }
    JointCritic joint = critic.get();
    LossAnd<CriticTrainer.Copied> value =
        joint.loss(outputs.values().orElseThrow(), batch, part, totals);
    return new LossAnd<>(
        ValueLoss.joint(result.loss(), value.loss(), joint.coefficient()),
        new Reported(copied, Optional.of(value.report())));
  }

  private FrozenLogprobs frozen(NDManager scratch, Shape shape) {
    return new FrozenLogprobs(
        Padding.rows(scratch, shape, part, sequence -> sequence.anchors().mu()),
        Padding.rows(scratch, shape, part, sequence -> sequence.anchors().current()),
        Padding.rows(scratch, shape, part, sequence -> sequence.anchors().base()),
        Padding.rows(scratch, shape, part, sequence -> sequence.anchors().precedent()),
        Padding.rows(scratch, shape, part, sequence -> sequence.anchors().sampler()));
  }

  private static NDArray weights(NDManager scratch, Shape shape, List<TrainingSequence> part) {
    int c = (int) shape.get(1);
    FloatBuffer values = FloatBuffer.allocate((int) shape.size());
    for (TrainingSequence sequence : part) {
      for (int i = 0; i < c; i++) {
        values.put((float) sequence.signal().weight());
      }
    }
    return scratch.create(values.flip(), shape);
  }
}
