package dev.sponge.rl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.sponge.rl.DivergedException;
import dev.sponge.rl.generation.TokenRandom;
import dev.sponge.rl.model.ResidualAdapter;
import dev.sponge.rl.model.TokenBatch;
import dev.sponge.rl.model.TokenSequence;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.objective.BapoBounds;
import dev.sponge.rl.objective.BapoLoss;
import dev.sponge.rl.objective.BatchTotals;
import dev.sponge.rl.objective.GePpoLoss;
import dev.sponge.rl.objective.KlEstimator;
import dev.sponge.rl.objective.LossAggregation;
import dev.sponge.rl.objective.ObjectiveSettings;
import dev.sponge.rl.training.GradientWorkers.LossAnd;
import dev.sponge.rl.training.GradientWorkers.MicroBatch;
import dev.sponge.rl.training.GradientWorkers.NonFiniteLossException;
import dev.sponge.rl.training.GradientWorkers.Outputs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The trained policy pi_theta with its optimiser. One outer step of ReMix is one call of {@link
 * #step}: m passes of minibatch updates with everything but pi_theta frozen.
 */
public final class PolicyTrainer implements AutoCloseable {
  private final TrainedWeights weights;
  private final NDManager manager;
  private final AdamW optimizer;
  private final Optional<JointCritic> critic;
  private final GradientWorkers workers;

  /**
   * @param weights pi_k, which becomes pi_theta; closed with this instance
   * @param parent owner; decides the device
   */
  public PolicyTrainer(
      TrainedWeights weights,
      OptimizerSettings optimizer,
      TrainerSettings settings,
      NDManager parent) {
    this(weights, optimizer, Optional.empty(), settings, parent);
  }

  /**
   * @param critic that learns in the same backward passes, not owned
   */
  public PolicyTrainer(
      TrainedWeights weights,
      OptimizerSettings optimizer,
      Optional<JointCritic> critic,
      TrainerSettings settings,
      NDManager parent) {
    this.weights = weights;
    this.critic = critic;
    manager = parent.newSubManager();
    this.optimizer = new AdamW(optimizer, weights.parameters(), manager);
    workers = new GradientWorkers(weights, critic.map(JointCritic::head), settings, manager);
  }

  /** Continues with the moments of an earlier session; see {@link #saveState}. */
  public void loadState(Path directory) {
    optimizer.load(directory);
  }

  /** Writes the optimiser's moments and counters, and the LoRA adapter where there is one. */
  public void saveState(Path directory) {
    optimizer.save(directory);
    weights.save(directory);
  }

  /** Forgets the optimiser's moments. */
  public void resetOptimizer() {
    optimizer.reset();
  }

  /** A copy of pi_theta as it is now, but for {@link #residual}. */
  public Weights snapshot(NDManager parent) {
    return weights.snapshot(parent);
  }

  /** The residual of the logits that is trained in place of weights; lives as long as this. */
  public Optional<ResidualAdapter> residual() {
    return weights.residual();
  }

  /** Trains on the data of one outer step with a KL of sampled tokens. */
  public StepReport step(List<TrainingSequence> data, StepPlan plan) {
    return step(data, plan, Optional.empty());
  }

  /**
   * Trains on the data of one outer step.
   *
   * @param data fresh and replayed rollouts with their frozen anchors and advantages, in an order
   *     that every attempt repeats; with none at all, weights and moments stay as they are
   * @param anchors the policies of the anchors, for {@link KlEstimator#FULL}
   * @throws DivergedException when a loss or a gradient is not finite; names the step and the
   *     rollouts
   */
  public StepReport step(
      List<TrainingSequence> data, StepPlan plan, Optional<AnchorPolicies> anchors) {
    if (anchors.isPresent() != (plan.objective().kl().estimator() == KlEstimator.FULL)) {
      throw new IllegalArgumentException("anchor policies go with the estimator FULL alone");
    }
    TokenTotals totals = new TokenTotals(plan);
    List<CriticReport> values = new ArrayList<>();
    for (int pass = 0; pass < plan.passes(); pass++) {
      for (List<TrainingSequence> minibatch : minibatches(data, plan, pass)) {
        update(new Minibatch(minibatch, pass), plan, anchors, totals).ifPresent(values::add);
      }
    }
    adaptLearningRate(data, plan, totals);
    return totals.report().with(CriticReport.metrics(values));
  }

  private record Minibatch(List<TrainingSequence> sequences, int pass) {}

  private Optional<CriticReport> update(
      Minibatch drawn, StepPlan plan, Optional<AnchorPolicies> anchors, TokenTotals totals) {
    List<TrainingSequence> minibatch = drawn.sequences();
    long tokens = minibatch.stream().mapToLong(sequence -> sequence.responseIds().length).sum();
    BatchTotals denominators = plan.objective().totals(tokens, minibatch.size());
    List<List<TrainingSequence>> parts = cut(minibatch, plan);
    ObjectiveSettings objective = adapted(plan.objective(), parts, totals);
    List<ReMixMicroBatch.Reported> reports =
        accumulate(
            parts,
            part -> new ReMixMicroBatch(part, objective, denominators, critic),
            anchors,
            part -> describe(plan.step(), part));
    List<NDArray> gradients = workers.gradients(optimizer.kernels());
    int ofPolicy = weights.parameters().size();
    totals.addUpdate(
        applyGradients(gradients.subList(0, ofPolicy), () -> describe(plan.step(), minibatch)));
    for (int i = 0; i < parts.size(); i++) {
      totals.add(drawn.pass(), parts.get(i), reports.get(i).policy());
    }
    return critic.map(
        joint ->
            joint.update(
                gradients.subList(ofPolicy, gradients.size()),
                parts,
                reports.stream().map(report -> report.values().orElseThrow()).toList()));
  }

  private static List<List<TrainingSequence>> cut(List<TrainingSequence> minibatch, StepPlan plan) {
    return switch (plan.objective().policyLoss().level()) {
      case TOKEN, SEQUENCE -> plan.microBatches().cut(minibatch);
      case PAIR -> SequencePair.cut(minibatch, plan.microBatches());
    };
  }

  /** GePPO's learning rate follows from how far the step moved: a forward pass more. */
  private void adaptLearningRate(List<TrainingSequence> data, StepPlan plan, TokenTotals totals) {
    if (!(plan.objective().policyLoss() instanceof GePpoLoss geppo)
        || geppo.learningRate().isEmpty()) {
      return;
    }
    double variation = ratios(cut(data, plan)).totalVariation();
    optimizer.setRateFactor(
        geppo.learningRate().get().after(optimizer.rateFactor(), variation, geppo.epsilon()));
    totals.addTotalVariation(variation);
  }

  /** BAPO's bounds follow from the ratios of the whole minibatch: a forward pass more. */
  private ObjectiveSettings adapted(
      ObjectiveSettings objective, List<List<TrainingSequence>> parts, TokenTotals totals) {
    if (!(objective.policyLoss() instanceof BapoLoss bapo) || bapo.search().isEmpty()) {
      return objective;
    }
    BapoBounds bounds = ratios(parts).bounds(bapo.search().get());
    totals.addBounds(bounds);
    return objective.with(bapo.at(bounds));
  }

  private TokenRatios ratios(List<List<TrainingSequence>> parts) {
    return TokenRatios.of(parts, workers.logprobs(parts));
  }

  /**
   * One update towards the given responses (supervised finetuning): the mean over all response
   * tokens of -log pi.
   *
   * @return the loss before the update, in nats per token
   */
  public double supervise(List<? extends TokenSequence> minibatch, MicroBatchLimits limits) {
    long tokens = minibatch.stream().mapToLong(sequence -> sequence.responseIds().length).sum();
    BatchTotals totals = new BatchTotals(tokens, minibatch.size(), 1);
    List<Double> losses =
        accumulate(
            limits.cut(minibatch),
            part -> new SupervisedMicroBatch(part, totals),
            Optional.empty(),
            part -> "supervised finetuning");
    applyGradients(workers.gradients(optimizer.kernels()), () -> "supervised finetuning");
    return losses.stream().mapToDouble(Double::doubleValue).sum();
  }

  private record SupervisedMicroBatch(List<? extends TokenSequence> part, BatchTotals totals)
      implements MicroBatch<Double> {
    @Override
    public TokenBatch batch(NDManager scratch) {
      return TokenBatch.of(scratch, part);
    }

    @Override
    public LossAnd<Double> loss(Outputs outputs, TokenBatch batch, NDManager scratch) {
      NDArray surprise = outputs.tokens().logprobs().neg();
      NDArray loss = LossAggregation.TOKEN_MEAN.aggregate(surprise, batch.mask(), totals);
      return new LossAnd<>(loss, (double) loss.getFloat());
    }
  }

  private <S, T> List<T> accumulate(
      List<List<S>> parts,
      Function<List<S>, ? extends MicroBatch<T>> microBatch,
      Optional<AnchorPolicies> anchors,
      Function<List<S>, String> describe) {
    workers.zero(optimizer.kernels());
    try {
      return workers.run(parts.stream().map(microBatch).toList(), anchors);
    } catch (NonFiniteLossException e) {
      throw new DivergedException(
          describe.apply(parts.get(e.microBatch()))
              + ": "
              + e.getMessage()
              + "; nothing was published. Lower training.learning_rate or look at these rollouts",
          e);
    }
  }

  private AdamW.Update applyGradients(List<NDArray> gradients, Supplier<String> where) {
    AdamW.Update update = optimizer.update(gradients);
    if (!Double.isFinite(update.gradNorm())) {
      throw new DivergedException(
          where.get()
              + ": gradient norm "
              + update.gradNorm()
              + "; nothing was published. Lower training.learning_rate or look at these rollouts");
    }
    weights.refresh();
    return update;
  }

  /** The seeded order of a pass, cut into minibatches whose sizes differ by one unit at most. */
  private static List<List<TrainingSequence>> minibatches(
      List<TrainingSequence> data, StepPlan plan, int pass) {
    List<List<TrainingSequence>> units =
        switch (plan.objective().policyLoss().level()) {
          case TOKEN, SEQUENCE -> data.stream().map(List::of).toList();
          case PAIR -> SequencePair.of(data).stream().map(SequencePair::both).toList();
        };
    List<List<TrainingSequence>> order = new ArrayList<>(units);
    long seed = TokenRandom.seed(plan.seed(), plan.step(), "pass", pass);
    Collections.shuffle(order, new Random(seed));
    int count = Math.min(plan.minibatches(), order.size());
    List<List<TrainingSequence>> minibatches = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int from = (int) ((long) order.size() * i / count);
      int to = (int) ((long) order.size() * (i + 1) / count);
      minibatches.add(order.subList(from, to).stream().flatMap(List::stream).toList());
    }
    return minibatches;
  }

  private static String describe(int step, List<TrainingSequence> sequences) {
    List<String> ids = sequences.stream().map(TrainingSequence::rolloutId).limit(8).toList();
    String more =
        sequences.size() > ids.size() ? " and " + (sequences.size() - ids.size()) + " more" : "";
    return "step " + step + ", rollouts " + String.join(", ", ids) + more;
  }

  @Override
  public void close() {
    workers.close();
    manager.close();
    weights.close();
  }
}
