package dev.sponge.jobs.training;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.table.Reward;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.jobs.table.RolloutsTable;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.model.TokenSequence;
import dev.sponge.rl.reward.Verifier;
import dev.sponge.rl.training.ReMixSchedule;
import dev.sponge.rl.training.ReMixSchedule.VersionWindow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The groups of one outer step, read back from the tables: fresh groups of version k and whole
 * groups from the history window, in the order (policy version, group, sample).
 *
 * @param items the rollouts that train, with their rewards
 * @param fresh all rollouts of version k
 * @param held rollouts of version k that do not train in this step, but may in later ones
 * @param replayedRollouts rollouts of earlier versions
 * @param skippedGroups groups left out because a reward is pending or failed, or because they were
 *     sampled from a truncated distribution and {@code history.allow_truncated} is off
 * @param zeroVarianceGroups groups that train and whose rewards are all equal
 * @param meanReward of the fresh rollouts, hard prompts that were asked again not counted
 * @param historyShare p of the step
 * @param metrics of the composition of the batch
 */
record StepData(
    List<Item> items,
    List<Item> fresh,
    List<Item> held,
    int replayedRollouts,
    int skippedGroups,
    int zeroVarianceGroups,
    double meanReward,
    double historyShare,
    Map<String, Double> metrics) {

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

  /**
   * Reads the data of the state's step.
   *
   * @param schedule of this step
   * @param replay what chooses among the groups of the window
   */
  static StepData read(
      RunContext run, RunState state, ReMixSchedule schedule, ReplayChoice replay) {
    if (run.config().offline().isOn()) {
      return new OfflineHistory(run).read(state);
    }
    int k = state.step();
    SpongeConfig config = run.config();
    VersionWindow window = schedule.historyWindow(k, state.historyFrom());
    int from = window.size() > 0 ? window.from() : k;
    List<Rollout> rollouts = run.lakehouse().rollouts().read(run.runId(), Math.max(from, 0), k);
    Verifier verifier = run.verifier();
    VerifierKey key = new VerifierKey(verifier.id(), verifier.version());
    Map<String, Reward> rewards =
        run.lakehouse().rewards().read(run.runId(), Math.max(from, 0), k, key);

    Map<Integer, List<StepGroup>> byVersion = new TreeMap<>();
    if (from < 0) {
      byVersion.putAll(HistorySource.warmStart(run).before(from));
    }
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
        long right = members.stream().filter(r -> rewards.get(r.rolloutId()).right()).count();
        double[] values =
            members.stream().mapToDouble(r -> rewards.get(r.rolloutId()).reward()).toArray();
        byVersion
            .computeIfAbsent(version, v -> new ArrayList<>())
            .add(new StepGroup(members, values, right));
      } else {
        skipped++;
      }
    }
    List<StepGroup> fresh =
        byVersion.getOrDefault(k, List.of()).stream().filter(group -> !group.again()).toList();
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
    BatchComposition batch = new BatchComposer(config, schedule, state, replay).compose(byVersion);
    List<Item> items = items(batch.trained(), config, k);
    return new StepData(
        items,
        items(byVersion.get(k), config, k),
        items(batch.held(), config, k),
        (int) items.stream().filter(item -> item.lag() > 0).count(),
        skipped,
        (int) batch.trained().stream().filter(StepGroup::equalRewards).count(),
        meanReward(fresh),
        schedule.historyShare(k, state.historyFrom()),
        batch.metrics());
  }

  static double meanReward(List<StepGroup> groups) {
    double sum = 0;
    int count = 0;
    for (StepGroup group : groups) {
      for (double reward : group.rewards()) {
        sum += reward;
        count++;
      }
    }
    return sum / count;
  }

  /** Rollouts of version k, those that do not train included. */
  int freshRollouts() {
    return fresh.size();
  }

  /** The rollouts of groups, in the order of training. */
  static List<Item> items(List<StepGroup> groups, SpongeConfig config, int k) {
    List<Item> items = new ArrayList<>();
    for (int g = 0; g < groups.size(); g++) {
      StepGroup group = groups.get(g);
      for (int i = 0; i < group.rewards().length; i++) {
        Rollout rollout = group.rollouts().get(i);
        double reward = group.rewards()[i] + config.overlongPenalty(rollout.responseIds().length);
        items.add(new Item(rollout, g, reward, k - group.version()));
      }
    }
    items.sort(
        Comparator.comparingInt(Item::lag)
            .reversed()
            .thenComparing(Item::rollout, RolloutsTable.ORDER));
    return List.copyOf(items);
  }

  /** Rollouts come sorted, so a group stands together. */
  static List<List<Rollout>> groups(List<Rollout> sorted) {
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
}
