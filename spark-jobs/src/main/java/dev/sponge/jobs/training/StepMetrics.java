package dev.sponge.jobs.training;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.run.Times;
import dev.sponge.jobs.training.StepData.Item;
import dev.sponge.rl.reward.SelfReflection;
import dev.sponge.rl.training.StepReport;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The metrics of a committed step. Rewards and lengths are those of the policy that sampled: of the
 * fresh rollouts, and offline of all that train.
 */
final class StepMetrics {
  private StepMetrics() {}

  static Map<String, Double> of(
      SpongeConfig config, StepData data, StepReport report, Times times) {
    SelfReflection reflection = new SelfReflection(config.reward().reflectionKeywords());
    Map<String, Double> metrics = new TreeMap<>(report.metrics());
    List<Item> sampled = data.fresh().isEmpty() ? data.items() : data.fresh();
    double tokens = sampled.stream().mapToInt(item -> item.responseIds().length).sum();
    long reflecting =
        sampled.stream().filter(item -> reflection.reflects(item.rollout().responseText())).count();
    long truncated =
        sampled.stream().filter(item -> item.rollout().finishReason().equals("length")).count();
    metrics.putAll(data.metrics());
    metrics.put("critic/rewards/mean", data.meanReward());
    metrics.put("response_length/mean", tokens / sampled.size());
    metrics.put("response_length/clip_ratio", (double) truncated / sampled.size());
    metrics.put("response/reflection_rate", (double) reflecting / sampled.size());
    metrics.put("data/fresh_rollouts", (double) data.freshRollouts());
    metrics.put("data/replayed_rollouts", (double) data.replayedRollouts());
    metrics.put("data/skipped_groups", (double) data.skippedGroups());
    metrics.put("data/zero_variance_groups", (double) data.zeroVarianceGroups());
    metrics.put("data/fresh_tokens", data.fresh().isEmpty() ? 0 : tokens);
    metrics.put("data/trained_tokens", (double) report.tokens());
    times.asMap().forEach((part, seconds) -> metrics.put("timing_s/" + part, seconds));
    return metrics;
  }
}
