package dev.sponge.jobs.training;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.run.GroupNames;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.rl.batch.RolledGroup;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One group of rollouts with its rewards.
 *
 * @param rewards (G) of the verifier
 * @param right answers
 */
record StepGroup(List<Rollout> rollouts, double[] rewards, long right) {
  String id() {
    return rollouts.get(0).groupId();
  }

  int version() {
    return rollouts.get(0).policyVersion();
  }

  /** Whether it answers a hard prompt of the history. */
  boolean again() {
    return GroupNames.isAgain(id());
  }

  /** (G) with the penalty on the length: what advantages are made of. */
  double[] shapedRewards(SpongeConfig config) {
    return IntStream.range(0, rewards.length)
        .mapToDouble(i -> rewards[i] + config.overlongPenalty(rollouts.get(i).responseIds().length))
        .toArray();
  }

  boolean equalRewards() {
    for (double reward : rewards) {
      if (reward != rewards[0]) {
        return false;
      }
    }
    return true;
  }

  /** What a buffer knows of it. */
  RolledGroup rolled() {
    return new RolledGroup(rollouts.get(0).promptId(), version(), (double) right / rewards.length);
  }
}
