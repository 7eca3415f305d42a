package dev.sponge.jobs.training;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.table.Reward;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.jobs.table.RolloutsTable;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.advantage.OverlongPenalty;
import dev.sponge.rl.generation.TokenRandom;
import dev.sponge.rl.model.TokenSequence;
import dev.sponge.rl.reward.Verifier;
import dev.sponge.rl.training.ReMixSchedule;
import dev.sponge.rl.training.ReMixSchedule.VersionWindow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The groups of one outer step, read back from the tables: fresh groups of version k and whole
 * groups from the history window, in the order (policy version, group, sample).
 *
 * @param items the rollouts that train, with their rewards
 * @param held rollouts of version k that do not train in this step, but may in later ones
 * @param freshRollouts rollouts of version k, held ones included
 * @param replayedRollouts rollouts of earlier versions
 * @param skippedGroups groups left out because a reward is pending or failed, or because they were
 *     sampled from a truncated distribution and {@code history.allow_truncated} is off
 * @param zeroVarianceGroups groups that train and whose rewards are all equal
 * @param meanReward of the fresh rollouts
 */
record StepData(
    List<Item> items,
    List<Item> held,
    int freshRollouts,
    int replayedRollouts,
    int skippedGroups,
    int zeroVarianceGroups,
    double meanReward) {

  /**
   * @param group place of its group in the step
   * @param reward of the verifier, with the penalty on its length
   * @param lag k minus the policy version
   */
  record Item(Rollout rollout, int group, double reward, int lag) implements TokenSequence {
    @Override
    public int[] promptIds() {
      return rollout.promptIds();
    }

    @Override
    public int[] responseIds() {
      return rollout.responseIds();
    }

    @Override
    public double temperature() {
      return rollout.temperature();
    }
  }

  /** One group with its rewards. */
  private record Group(String id, int version, List<Rollout> rollouts, double[] rewards) {
    boolean equalRewards() {
      for (double reward : rewards) {
        if (reward != rewards[0]) {
          return false;
        }
      }
      return true;
    }
  }

  /** Reads the data of the state's step. */
  static StepData read(RunContext run, RunState state, ReMixSchedule schedule) {
    int k = state.step();
    SpongeConfig config = run.config();
    VersionWindow window = schedule.historyWindow(k, state.historyFrom());
    int from = window.size() > 0 ? window.from() : k;
    List<Rollout> rollouts = run.lakehouse().rollouts().read(run.runId(), from, k);
    Verifier verifier = run.verifier();
    VerifierKey key = new VerifierKey(verifier.id(), verifier.version());
    Map<String, Reward> rewards = run.lakehouse().rewards().read(run.runId(), from, k, key);

    Map<Integer, List<Group>> byVersion = new TreeMap<>();
    int skipped = 0;
    for (List<Rollout> members : groups(rollouts)) {
      boolean scored =
          members.stream()
              .allMatch(
                  r -> rewards.containsKey(r.rolloutId()) && rewards.get(r.rolloutId()).scored());
      int version = members.get(0).policyVersion();
      boolean truncated = members.stream().anyMatch(r -> r.keptLogmass() != null);
      if (truncated && !config.history().allowTruncated()) {
        skipped++;
      } else if (scored) {
        double[] values =
            members.stream().mapToDouble(r -> rewards.get(r.rolloutId()).reward()).toArray();
        byVersion
            .computeIfAbsent(version, v -> new ArrayList<>())
            .add(new Group(members.get(0).groupId(), version, members, values));
      } else {
        skipped++;
      }
    }
    List<Group> fresh = byVersion.getOrDefault(k, List.of());
    if (fresh.isEmpty()) {
      throw new SpongeException(
          "Step "
              + k
              + " of run \""
              + run.runId()
              + "\" has no fresh group with all rewards: "
              + skipped
              + " groups have a pending or failed reward; verify them first");
    }
    int wanted = schedule.replayedGroups(k, state.historyFrom(), config.rollout().promptsPerStep());
    List<Group> replayed = choose(byVersion, window, wanted, config.run().seed(), k);
    boolean trainsFresh = schedule.trainsFresh(k, state.historyFrom()) || replayed.isEmpty();
    List<Group> trained = new ArrayList<>(trainsFresh ? fresh : List.of());
    trained.addAll(replayed);
    List<Group> held = trainsFresh ? List.of() : fresh;
    return new StepData(
        items(trained, config, k),
        items(held, config, k),
        fresh.stream().mapToInt(group -> group.rewards().length).sum(),
        replayed.stream().mapToInt(group -> group.rewards().length).sum(),
        skipped,
        (int) trained.stream().filter(Group::equalRewards).count(),
        meanReward(fresh));
  }

  private static double meanReward(List<Group> groups) {
    double sum = 0;
    int count = 0;
    for (Group group : groups) {
      for (double reward : group.rewards()) {
        sum += reward;
        count++;
      }
    }
    return sum / count;
  }

  /** All rollouts of version k, in the order of their groups. */
  List<Item> fresh() {
    return Stream.concat(items.stream().filter(item -> item.lag() == 0), held.stream()).toList();
  }

  private static List<Item> items(List<Group> groups, SpongeConfig config, int k) {
    List<Item> items = new ArrayList<>();
    for (int g = 0; g < groups.size(); g++) {
      Group group = groups.get(g);
      for (int i = 0; i < group.rewards().length; i++) {
        Rollout rollout = group.rollouts().get(i);
        double reward = group.rewards()[i] + penalty(config, rollout);
        items.add(new Item(rollout, g, reward, k - group.version()));
      }
    }
    items.sort(Comparator.comparing(Item::rollout, RolloutsTable.ORDER));
    return List.copyOf(items);
  }

  private static double penalty(SpongeConfig config, Rollout rollout) {
    int buffer = config.reward().overlongBuffer();
    return buffer == 0
        ? 0
        : new OverlongPenalty(
                config.rollout().maxNewTokens(), buffer, config.reward().overlongWeight())
            .at(rollout.responseIds().length);
  }

  /** Rollouts come sorted, so a group stands together. */
  private static List<List<Rollout>> groups(List<Rollout> sorted) {
    List<List<Rollout>> groups = new ArrayList<>();
    String last = null;
    for (Rollout rollout : sorted) {
      if (!rollout.groupId().equals(last)) {
        groups.add(new ArrayList<>());
        last = rollout.groupId();
      }
      groups.get(groups.size() - 1).add(rollout);
    }
    return groups;
  }

  /** Whole groups, evenly over the window's versions, in each version a seeded choice. */
  private static List<Group> choose(
      Map<Integer, List<Group>> byVersion, VersionWindow window, int wanted, long seed, int k) {
    int[] available = new int[window.size()];
    for (int i = 0; i < available.length; i++) {
      available[i] = byVersion.getOrDefault(window.from() + i, List.of()).size();
    }
    int[] taken = ReMixSchedule.uniformAllocation(wanted, available);
    List<Group> chosen = new ArrayList<>();
    for (int i = 0; i < taken.length; i++) {
      byVersion.getOrDefault(window.from() + i, List.of()).stream()
          .sorted(
              Comparator.comparingLong((Group g) -> TokenRandom.seed(seed, k, g.id(), 0))
                  .thenComparing(Group::id))
          .limit(taken[i])
          .forEach(chosen::add);
    }
    return chosen;
  }
}
