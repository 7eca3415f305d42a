package dev.sponge.jobs.training;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.run.GroupNames;
import dev.sponge.jobs.table.Reward;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.rl.batch.RolledGroup;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * One group of rollouts with its rewards.
 *
 * @param version that sampled it; below 0 if another run did
 * @param rewards (G) of the verifier
 * @param right answers
 */
record StepGroup(int version, List<Rollout> rollouts, double[] rewards, long right) {
  /** A group of this run. */
  StepGroup(List<Rollout> rollouts, double[] rewards, long right) {
    this(rollouts.get(0).policyVersion(), rollouts, rewards, right);
  }

  /** The group if every member has a reward, else nothing. */
  static Optional<StepGroup> of(int version, List<Rollout> members, Map<String, Reward> rewards) {
    List<Reward> verdicts =
        members.stream()
            .map(rollout -> rewards.get(rollout.rolloutId()))
            .filter(reward -> reward != null && reward.scored())
            .toList();
    if (verdicts.size() < members.size()) {
      return Optional.empty();
    }
    return Optional.of(
        new StepGroup(
            version,
            members,
            verdicts.stream().mapToDouble(Reward::reward).toArray(),
            verdicts.stream().filter(Reward::right).count()));
  }

  String id() {
    return rollouts.get(0).groupId();
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
