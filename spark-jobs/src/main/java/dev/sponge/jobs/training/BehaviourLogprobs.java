package dev.sponge.jobs.training;

import dev.sponge.jobs.config.HistoryConfig.BehaviourLogProbs;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.AnchorLogprobs;
import dev.sponge.jobs.training.StepData.Item;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * log mu of a step's rollouts: what the trainer scored when the rollout was fresh, else what the
 * sampler stored. For rollouts of another run the trainer is that run's.
 *
 * @param foreign committed scores of other runs' rollouts under the policy that sampled them
 */
record BehaviourLogprobs(RunContext run, AnchorCache anchors, Map<String, float[]> foreign) {

  private record Sampler(String runId, int policyVersion) {}

  static BehaviourLogprobs of(RunContext run, AnchorCache anchors, List<Item> items) {
    Map<String, float[]> foreign = new HashMap<>();
    if (run.config().history().mu() == BehaviourLogProbs.TRAINER) {
      Map<Sampler, Set<String>> wanted = new HashMap<>();
      items.stream()
          .map(Item::rollout)
          .filter(rollout -> !rollout.runId().equals(run.runId()))
          .forEach(
              rollout ->
                  wanted
                      .computeIfAbsent(
                          new Sampler(rollout.runId(), rollout.policyVersion()),
                          sampler -> new HashSet<>())
                      .add(rollout.rolloutId()));
      wanted.forEach((sampler, ids) -> read(run, sampler, ids, foreign));
    }
    return new BehaviourLogprobs(run, anchors, foreign);
  }

  private static void read(
      RunContext run, Sampler sampler, Set<String> ids, Map<String, float[]> foreign) {
    int version = sampler.policyVersion();
    for (AnchorLogprobs row :
        run.lakehouse().anchorLogprobs().read(sampler.runId(), version, version)) {
      if (row.anchorVersion() == version && ids.contains(row.rolloutId())) {
        foreign.put(row.rolloutId(), row.logprobs());
      }
    }
  }

  /** (C). */
  float[] of(Item item) {
    float[] sampled = item.rollout().behaviourLogprobs();
    if (!item.rollout().runId().equals(run.runId())) {
      return foreign.getOrDefault(item.rollout().rolloutId(), sampled);
    }
    int version = item.rollout().policyVersion();
    boolean trainer =
        run.config().history().mu() == BehaviourLogProbs.TRAINER && anchors.has(item, version);
    return trainer ? anchors.get(item, version) : sampled;
  }
}
