package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.sponge.jobs.provenance.Influence;
import dev.sponge.jobs.provenance.TimeTravel;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.run.Times;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.Reward;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.jobs.table.StepRollout;
import dev.sponge.jobs.training.ComputedStep;
import dev.sponge.jobs.training.FreshRollouts;
import dev.sponge.jobs.training.StepComputer;
import dev.sponge.rl.UserError;
import dev.sponge.rl.model.CausalLm;
import dev.sponge.rl.model.TokenSequence;
import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.training.AnchorScorer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code step_rollouts} says of a step, and who moved it. */
class InfluenceTest {
  private static final int STEP = 2;
  private static final double CLIP = 0.01;

  @TempDir Path directory;
  private final Lakehouse lake = TinyRun.reference().lakehouse();

  /** Step 2 of the reference run in one minibatch a pass, so that a pass has one pi_theta. */
  private ComputedStep compute(int passes) {
    RunContext run =
        TinyRun.open(
            TinyRun.reference().work(),
            Map.of(
                "training.minibatches", "1",
                "training.passes", "" + passes,
                "objective.clip_epsilon_low", "" + CLIP,
                "objective.clip_epsilon_high", "" + CLIP));
    RunContext then = run.over(TimeTravel.to(run.lakehouse(), TinyRun.RUN, STEP), run.config());
    Policy policy = then.lakehouse().policies().read(TinyRun.RUN, STEP).orElseThrow();
    return new StepComputer(then, new RunState(policy, Optional.empty()), FreshRollouts.committed())
        .compute("test", () -> directory.resolve("passes" + passes), new Times());
  }

  private record Sequence(int[] promptIds, int[] responseIds, double temperature)
      implements TokenSequence {}

  private static float[] logprobs(Path checkpoint, Rollout rollout, NDManager manager) {
    try (CausalLm model = CausalLm.load(checkpoint, ComputeDtype.FLOAT32, manager);
        AnchorScorer scorer = new AnchorScorer(1, 1)) {
      Sequence sequence =
          new Sequence(rollout.promptIds(), rollout.responseIds(), rollout.temperature());
      return scorer.score(model, List.of(sequence)).get(0);
    }
  }

  private Path checkpoint(int version) {
    Policy policy = lake.policies().read(TinyRun.RUN, version).orElseThrow();
    return TinyRun.reference().checkpoints().fetch(policy.checkpointUri());
  }

  private Map<String, Reward> rewards() {
    RunContext run = TinyRun.reference();
    VerifierKey key = new VerifierKey(run.verifier().id(), run.verifier().version());
    return lake.rewards().read(TinyRun.RUN, 0, STEP, key);
  }

  /** (R - mean) / (sample std + 1e-6) over the rollouts of its group. */
  private static double advantage(
      Rollout rollout, Map<String, Rollout> rollouts, Map<String, Reward> rewards) {
    double[] group =
        rollouts.values().stream()
            .filter(r -> r.groupId().equals(rollout.groupId()))
            .mapToDouble(r -> rewards.get(r.rolloutId()).reward())
            .toArray();
    double mean = 0;
    for (double reward : group) {
      mean += reward / group.length;
    }
    double squares = 0;
    for (double reward : group) {
      squares += (reward - mean) * (reward - mean);
    }
    return (rewards.get(rollout.rolloutId()).reward() - mean)
        / (Math.sqrt(squares / (group.length - 1)) + 1e-6);
  }

  @Test
  void everyFigureOfAPassFollowsFromPoliciesTokensAndRewards() {
    List<StepRollout> rows = compute(2).stepRollouts(TinyRun.RUN);
    compute(1); // its checkpoint is pi_theta of the second pass
    Map<String, Rollout> rollouts =
        lake.rollouts().read(TinyRun.RUN, 0, STEP).stream()
            .collect(Collectors.toMap(Rollout::rolloutId, r -> r));
    Map<String, Reward> rewards = rewards();
    assertThat(rows).hasSize(2 * 16).anyMatch(row -> row.clipFraction() > 0);
    assertThat(rows.stream().map(StepRollout::lag)).contains(0, 1, 2);
    try (NDManager manager = TorchEngine.newManager(Device.cpu())) {
      for (StepRollout row : rows) {
        Rollout rollout = rollouts.get(row.rolloutId());
        assertThat(row.lag()).isEqualTo(STEP - rollout.policyVersion());
        double advantage = advantage(rollout, rollouts, rewards);
        assertThat(row.advantage()).isCloseTo(advantage, within(1e-4));
        Path theta = row.pass() == 0 ? checkpoint(STEP) : directory.resolve("passes1");
        assertFigures(
            row,
            advantage,
            new Scores(
                logprobs(theta, rollout, manager),
                logprobs(checkpoint(rollout.policyVersion()), rollout, manager),
                logprobs(checkpoint(STEP), rollout, manager),
                logprobs(checkpoint(0), rollout, manager),
                logprobs(checkpoint(STEP - 1), rollout, manager)));
      }
    }
  }

  /** Log-probs of one response under the policies of the step. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Scores(
      float[] theta, float[] mu, float[] current, float[] base, float[] precedent) {}

  /** Mix-PPG around pi_k/mu, KL as r delta^2/2, each a mean over the tokens. */
  private static void assertFigures(StepRollout row, double advantage, Scores p) {
    int tokens = p.theta().length;
    double ratio = 0;
    double clipped = 0;
    double base = 0;
    double precedent = 0;
    double loss = 0;
    int close = 0;
    for (int t = 0; t < tokens; t++) {
      double r = Math.exp(p.theta()[t] - p.mu()[t]);
      double c = Math.exp(p.current()[t] - p.mu()[t]);
      double bounded = Math.max(c - CLIP, Math.min(c + CLIP, r));
      ratio += r / tokens;
      clipped += r * advantage > bounded * advantage ? 1.0 / tokens : 0;
      close += Math.abs(Math.abs(r - c) - CLIP) < 1e-4 ? 1 : 0;
      base += r * Math.pow(p.theta()[t] - p.base()[t], 2) / 2 / tokens;
      precedent += r * Math.pow(p.theta()[t] - p.precedent()[t], 2) / 2 / tokens;
      loss -= Math.min(r * advantage, bounded * advantage) / tokens;
    }
    String which = "pass %d of %s".formatted(row.pass(), row.rolloutId());
    assertThat(row.meanRatio()).as(which).isCloseTo(ratio, within(1e-4));
    // A token at the very border may fall on either side.
    assertThat(row.clipFraction())
        .as(which)
        .isCloseTo(clipped, within(1e-9 + (double) close / tokens));
    assertThat(row.klBase()).as(which).isCloseTo(base, within(1e-4));
    assertThat(row.klPrecedent()).as(which).isCloseTo(precedent, within(1e-4));
    assertThat(row.loss()).as(which).isCloseTo(loss, within(3e-4));
  }

  @Test
  void theRolloutsOfAStepAreRankedByTheWeightOfTheirGradients() {
    List<Influence> all = Influence.of(TinyRun.reference(), STEP);
    assertThat(all).hasSize(16);
    assertThat(all.stream().mapToDouble(Influence::share).sum()).isCloseTo(1, within(1e-9));
    Map<String, Double> weights = new HashMap<>();
    double sum = 0;
    Map<String, Rollout> rollouts =
        lake.rollouts().read(TinyRun.RUN, 0, STEP).stream()
            .collect(Collectors.toMap(Rollout::rolloutId, r -> r));
    for (StepRollout row : lake.stepRollouts().read(TinyRun.RUN, STEP, STEP)) {
      double weight =
          Math.abs(row.advantage())
              * row.meanRatio()
              * (1 - row.clipFraction())
              * rollouts.get(row.rolloutId()).responseIds().length;
      weights.merge(row.rolloutId(), weight, Double::sum);
      sum += weight;
    }
    double previous = 1;
    for (Influence influence : all) {
      String id = influence.rollout().rolloutId();
      assertThat(influence.share()).isCloseTo(weights.get(id) / sum, within(1e-12));
      assertThat(influence.share()).isLessThanOrEqualTo(previous);
      previous = influence.share();
      assertThat(influence.passes()).hasSize(2).allMatch(row -> row.rolloutId().equals(id));
      assertThat(influence.reward()).contains(rewards().get(id));
      assertThat(influence.prompt().orElseThrow().promptId())
          .isEqualTo(influence.rollout().promptId());
    }
    Influence first = all.get(0);
    List<String> lines = new ArrayList<>(first.lines(1));
    assertThat(lines.get(0))
        .startsWith(" 1. ")
        .contains("rollout " + first.rollout().rolloutId(), "lag ", "reward ", "advantage ");
    assertThat(String.join("\n", lines))
        .contains(first.prompt().orElseThrow().answer(), "pass 0:", "pass 1:", "kl precedent");
    assertThat(lines).hasSize(6).noneMatch(line -> line.contains("\n"));
  }

  @Test
  void aStepThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> Influence.of(TinyRun.reference(), 7))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("has committed steps 0 to 3");
  }
}
