package dev.sponge.jobs.provenance;

import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.jobs.table.Reward;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.jobs.table.StepRollout;
import dev.sponge.jobs.training.HistorySource;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.objective.LossAggregation;
import dev.sponge.rl.reward.Verifier;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The rollouts that moved a step most.
 *
 * <p>The influence of a rollout in a pass is |A| r (1 - clipped) n: the weight with which the
 * clipped surrogate multiplies the gradients of its tokens' log-probabilities. A is its mean
 * advantage, r the mean ratio pi_theta/mu, clipped the share of tokens whose gradient the clip
 * zeroes, and n its tokens, or 1 where the loss is a mean over sequences of token means. The passes
 * are added up, and the sum over all rollouts of the step is 1.
 *
 * <p>What it is not: the length of a gradient (a token that the policy was sure of has a small one
 * whatever its weight), the effect of leaving the rollout out (its advantage is relative to its
 * group, and AdamW divides by the gradients of all), or the exact weight (means are multiplied
 * where the mean of the products was not stored). The KL and entropy terms, weights by age and
 * losses without a clipped ratio are not in it.
 *
 * @param share influence, of all of the step's
 * @param passes the rollout's rows of {@code step_rollouts}, by pass
 * @param reward what the step's verifier said at that time
 */
public record Influence(
    double share,
    List<StepRollout> passes,
    Rollout rollout,
    Optional<Prompt> prompt,
    Optional<Reward> reward) {

  /**
   * All rollouts of a step, the most influential first; of equal ones the lower id.
   *
   * @param caller the run, at present
   */
  public static List<Influence> of(RunContext caller, int k) {
    CommittedStep committed = CommittedStep.of(caller, k);
    RunContext run = committed.run();
    Lakehouse then = run.lakehouse();
    Map<String, List<StepRollout>> rows =
        caller.lakehouse().stepRollouts().read(run.runId(), k, k).stream()
            .collect(
                Collectors.groupingBy(
                    StepRollout::rolloutId, LinkedHashMap::new, Collectors.toList()));
    int lag = rows.values().stream().mapToInt(passes -> passes.get(0).lag()).max().orElse(0);
    Sampled sampled = new Sampled(rows.keySet(), new HashMap<>(), new HashMap<>());
    sampled.read(run, run.runId(), Math.max(k - lag, 0), k);
    HistorySource.of(run)
        .ifPresent(other -> sampled.read(run, other.sourceId(), other.from(), other.to()));
    Map<String, Prompt> prompts =
        then.prompts().read("train").stream()
            .collect(Collectors.toMap(Prompt::promptId, Function.identity()));
    LossAggregation aggregation = run.config().objective().aggregation();
    Map<String, Double> weights = new LinkedHashMap<>();
    rows.forEach((id, passes) -> weights.put(id, weight(passes, sampled.rollout(id), aggregation)));
    double sum = weights.values().stream().mapToDouble(Double::doubleValue).sum();
    List<Influence> influences = new ArrayList<>();
    rows.forEach(
        (id, passes) -> {
          Rollout rollout = sampled.rollout(id);
          influences.add(
              new Influence(
                  sum == 0 ? 0 : weights.get(id) / sum,
                  passes,
                  rollout,
                  Optional.ofNullable(prompts.get(rollout.promptId())),
                  Optional.ofNullable(sampled.rewards().get(id))));
        });
    influences.sort(
        Comparator.comparingDouble(Influence::share)
            .reversed()
            .thenComparing(influence -> influence.rollout().rolloutId()));
    return influences;
  }

  /**
   * The rollouts of a step with their rewards, by rollout id.
   *
   * @param wanted ids
   */
  private record Sampled(
      Set<String> wanted, Map<String, Rollout> rollouts, Map<String, Reward> rewards) {

    /** Adds what a run sampled with its policy versions {@code from .. to}. */
    void read(RunContext run, String runId, int from, int to) {
      Verifier verifier = run.verifier();
      VerifierKey key = new VerifierKey(verifier.id(), verifier.version());
      run.lakehouse().rollouts().read(runId, from, to).stream()
          .filter(rollout -> wanted.contains(rollout.rolloutId()))
          .forEach(rollout -> rollouts.put(rollout.rolloutId(), rollout));
      rewards.putAll(run.lakehouse().rewards().read(runId, from, to, key));
    }

    Rollout rollout(String id) {
      Rollout rollout = rollouts.get(id);
      if (rollout == null) {
        throw new SpongeException(
            "Table rollouts has no rollout %s, which step_rollouts names: the tables are damaged"
                .formatted(id));
      }
      return rollout;
    }
  }

  private static double weight(
      List<StepRollout> passes, Rollout rollout, LossAggregation aggregation) {
    double tokens =
        switch (aggregation) {
          case TOKEN_MEAN, SEQ_MEAN_TOKEN_SUM, SEQ_MEAN_TOKEN_SUM_NORM ->
              rollout.responseIds().length;
          case SEQ_MEAN_TOKEN_MEAN -> 1;
        };
    return passes.stream()
            .mapToDouble(
                pass -> Math.abs(pass.advantage()) * pass.meanRatio() * (1 - pass.clipFraction()))
            .sum()
        * tokens;
  }

  /**
   * A paragraph for people.
   *
   * @param rank from 1
   */
  public List<String> lines(int rank) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%2d. %.1f %% of the step: rollout %s of policy version %d, lag %d, %d tokens (%s), reward %s, advantage %+.3f"
            .formatted(
                rank,
                100 * share,
                rollout.rolloutId(),
                rollout.policyVersion(),
                passes.get(0).lag(),
                rollout.responseIds().length,
                rollout.finishReason(),
                reward.map(r -> r.scored() ? "%.3f".formatted(r.reward()) : r.status()).orElse("?"),
                passes.get(0).advantage()));
    lines.add("    prompt:   " + flat(prompt.map(Prompt::prompt).orElse("?")));
    lines.add("    answer:   " + flat(prompt.map(Prompt::answer).orElse("?")));
    lines.add("    response: " + flat(rollout.responseText()));
    for (StepRollout pass : passes) {
      lines.add(
          "    pass %d:   ratio %.4f, clipped %.3f, kl base %.3g, kl precedent %.3g, loss %+.4f"
              .formatted(
                  pass.pass(),
                  pass.meanRatio(),
                  pass.clipFraction(),
                  pass.klBase(),
                  pass.klPrecedent(),
                  pass.loss()));
    }
    return lines;
  }

  private static String flat(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", " | ");
  }
}
