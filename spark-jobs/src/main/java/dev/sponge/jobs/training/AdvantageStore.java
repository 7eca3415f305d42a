package dev.sponge.jobs.training;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.table.StoredAdvantages;
import dev.sponge.rl.training.TrainingSequence;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The critic's advantages of rollouts at their own step: what earlier steps committed is there for
 * replays, what this step computes is kept for its own commit. Without {@code advantage.off_policy
 * = stored}, or without history, nothing is read and nothing written.
 */
final class AdvantageStore {
  private final RunContext run;
  private final int step;
  private final String attemptId;
  private final boolean used;
  private final Map<String, StoredAdvantages> committed = new HashMap<>();
  private final List<StoredAdvantages> fresh = new ArrayList<>();

  /**
   * @param firstStep oldest step whose rollouts may be replayed
   */
  AdvantageStore(RunContext run, RunState state, int firstStep, String attemptId) {
    this.run = run;
    this.step = state.step();
    this.attemptId = attemptId;
    SpongeConfig config = run.config();
    used = config.advantage().keepsCriticAdvantages() && config.history().largestShare() > 0;
    if (used && firstStep < step) {
      run.lakehouse()
          .storedAdvantages()
          .read(run.runId(), firstStep, step - 1)
          .forEach(row -> committed.put(row.rolloutId(), row));
    }
  }

  /** Those of a replayed rollout; none where it did not train at its own step. */
  Optional<StoredAdvantages> find(TrainingSequence rollout) {
    return Optional.ofNullable(committed.get(rollout.rolloutId()));
  }

  /** Keeps those of a fresh rollout, (C) each. */
  void add(TrainingSequence rollout, float[] advantages, float[] returns) {
    if (used) {
      fresh.add(
          new StoredAdvantages(
              rollout.rolloutId(), run.runId(), step, attemptId, advantages, returns));
    }
  }

  /** Writes what was kept; it counts once the step is committed. */
  void append() {
    if (used) {
      run.lakehouse().storedAdvantages().append(run.runId(), step, attemptId, fresh);
    }
  }
}
