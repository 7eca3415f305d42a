package dev.sponge.jobs.training;

import ai.djl.ndarray.NDManager;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.table.AnchorLogprobs;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.training.StepData.Item;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.model.CausalLm;
import dev.sponge.rl.training.AnchorScorer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Log-probs of a step's rollouts under frozen policies. What earlier steps committed is taken from
 * the table; the rest is scored, one policy after another, and kept for the step's own commit.
 */
final class AnchorCache implements AutoCloseable {
  private static final int SCORE_BATCH = TrainJob.SCORE_BATCH;

  private record Key(String rolloutId, int anchorVersion) {}

  /** What the scores of a policy are for. */
  enum Role {
    CURRENT,
    PRECEDENT,
    BASE
  }

  /** Sequences that were scored in this step, and those whose scores earlier steps committed. */
  private record Count(int scored, int reused) {
    private Count and(Count other) {
      return new Count(scored + other.scored, reused + other.reused);
    }
  }

  private final RunContext run;
  private final int step;
  private final NDManager manager;
  private final AnchorScorer scorer;
  private final Map<Key, float[]> known = new HashMap<>();
  private final List<AnchorLogprobs> scored = new ArrayList<>();
  private final Map<Role, Count> counts = new EnumMap<>(Role.class);
  private final Set<Key> counted = new HashSet<>();
  private final String attemptId;

  /**
   * @param firstStep oldest step whose committed scores may be of use
   */
  AnchorCache(RunContext run, RunState state, int firstStep, String attemptId, NDManager manager) {
    this.run = run;
    this.step = state.step();
    this.manager = manager;
    this.attemptId = attemptId;
    scorer = new AnchorScorer(run.workers(), SCORE_BATCH);
    if (firstStep < step) {
      for (AnchorLogprobs row :
          run.lakehouse().anchorLogprobs().read(run.runId(), firstStep, step - 1)) {
        known.put(new Key(row.rolloutId(), row.anchorVersion()), row.logprobs());
      }
    }
  }

  /**
   * Scores what is missing of the items under a policy version.
   *
   * @param role what the scores are for; a score that has two roles counts for the first
   */
  void score(List<Item> items, Role role, int anchorVersion) {
    List<Item> missing =
        items.stream().filter(item -> !known.containsKey(key(item, anchorVersion))).toList();
    long first = items.stream().filter(item -> counted.add(key(item, anchorVersion))).count();
    counts.merge(role, new Count(missing.size(), (int) first - missing.size()), Count::and);
    if (missing.isEmpty()) {
      return;
    }
    try (CausalLm model = load(anchorVersion)) {
      List<float[]> logprobs = scorer.score(model, missing);
      for (int i = 0; i < missing.size(); i++) {
        String rolloutId = missing.get(i).rollout().rolloutId();
        known.put(key(missing.get(i), anchorVersion), logprobs.get(i));
        scored.add(
            new AnchorLogprobs(
                rolloutId, run.runId(), step, anchorVersion, attemptId, logprobs.get(i)));
      }
    }
  }

  /** A policy of the run in the compute dtype alone; scoring has one at a time in memory. */
  CausalLm load(int anchorVersion) {
    Policy policy =
        run.lakehouse()
            .policies()
            .read(run.runId(), anchorVersion)
            .orElseThrow(
                () ->
                    new SpongeException(
                        "Table policies of run \"%s\" has no version %d, which step %d needs as anchor"
                            .formatted(run.runId(), anchorVersion, step)));
    return CausalLm.load(
        run.checkpoints().fetch(policy.checkpointUri()), run.config().engine().dtype(), manager);
  }

  /** (C) log-probs that were scored or committed before. */
  float[] get(Item item, int anchorVersion) {
    float[] logprobs = known.get(key(item, anchorVersion));
    if (logprobs == null) {
      throw new IllegalStateException(
          item.rollout().rolloutId() + " was not scored under version " + anchorVersion);
    }
    return logprobs;
  }

  boolean has(Item item, int anchorVersion) {
    return known.containsKey(key(item, anchorVersion));
  }

  /** How many sequences were scored and how many scores reused, in all and by role. */
  Map<String, Double> metrics() {
    Map<String, Double> metrics = new TreeMap<>();
    Count all = new Count(0, 0);
    for (Map.Entry<Role, Count> role : counts.entrySet()) {
      Count count = role.getValue();
      String name = role.getKey().name().toLowerCase(Locale.ROOT);
      metrics.put("anchors/scored/" + name, (double) count.scored());
      metrics.put("anchors/reused/" + name, (double) count.reused());
      all = all.and(count);
    }
    metrics.put("anchors/scored", (double) all.scored());
    metrics.put("anchors/reused", (double) all.reused());
    metrics.put(
        "anchors/reused_share", (double) all.reused() / Math.max(all.scored() + all.reused(), 1));
    return metrics;
  }

  /** What this step scored, for its commit. */
  List<AnchorLogprobs> scored() {
    return List.copyOf(scored);
  }

  private static Key key(Item item, int anchorVersion) {
    return new Key(item.rollout().rolloutId(), anchorVersion);
  }

  @Override
  public void close() {
    scorer.close();
  }
}
