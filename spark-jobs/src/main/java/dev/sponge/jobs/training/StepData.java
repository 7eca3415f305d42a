package dev.sponge.jobs.training;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunPlan;
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
 * @param fresh all rollouts of version k; none offline, and none before {@link #withFresh} in a
 *     step that trains apart from them
 * @param held rollouts of version k that do not train in this step, but may in later ones
 * @param arrived all rollouts of version k - 1, where step k - 1 trained without waiting for them
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
    List<Item> arrived,
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
   * What a step says about its groups.
   *
   * @param schedule of this step
   * @param replay what chooses among the groups of the window
   */
  record Choice(ReMixSchedule schedule, ReplayChoice replay) {}

  /**
   * Groups as the tables hold them.
   *
   * @param byVersion those with all rewards
   * @param skipped how many others there are
   */
  private record Groups(Map<Integer, List<StepGroup>> byVersion, int skipped) {
    static Groups read(RunContext run, int from, int to) {
      Map<Integer, List<StepGroup>> byVersion = new TreeMap<>();
      if (from < 0) {
        byVersion.putAll(HistorySource.warmStart(run).before(from));
      }
      int first = Math.max(from, 0);
      List<Rollout> rollouts = run.lakehouse().rollouts().read(run.runId(), first, to);
      Verifier verifier = run.verifier();
      VerifierKey key = new VerifierKey(verifier.id(), verifier.version());
      Map<String, Reward> rewards = run.lakehouse().rewards().read(run.runId(), first, to, key);
      int skipped = 0;
      for (List<Rollout> members : groups(rollouts)) {
        boolean scored =
            members.stream()
                .allMatch(
                    r -> rewards.containsKey(r.rolloutId()) && rewards.get(r.rolloutId()).scored());
        int version = members.get(0).policyVersion();
        boolean truncated = members.stream().anyMatch(r -> r.keptLogmass() != null);
        if (truncated && !run.config().history().allowTruncated()) {
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
      return new Groups(byVersion, skipped);
    }

    List<StepGroup> of(int version) {
      return byVersion.getOrDefault(version, List.of());
    }

    /** Those of version k that answer the prompts of its own step. */
    List<StepGroup> fresh(RunContext run, int k) {
      List<StepGroup> fresh = of(k).stream().filter(group -> !group.again()).toList();
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
      return fresh;
    }
  }

  /**
   * Reads the data of the state's step. A step that trains apart from its own rollouts looks at
   * those of earlier versions, unless not one of their groups has all rewards.
   *
   * @param choice which of them train
   * @param rollouts waited for where fresh groups may train
   */
  static StepData read(RunContext run, RunState state, Choice choice, FreshRollouts rollouts) {
    if (run.config().offline().isOn()) {
      return new OfflineHistory(run).read(state);
    }
    int k = state.step();
    VersionWindow window = choice.schedule.historyWindow(k, state.historyFrom());
    if (RunPlan.trainsApart(run.config(), k, state.historyFrom())) {
      Groups history = Groups.read(run, window.from(), k - 1);
      StepData apart = compose(run, state, choice, history);
      if (!apart.items.isEmpty()) {
        return apart;
      }
    }
    RunContext arrived = run.over(rollouts.arrived(run.lakehouse()), run.config());
    Groups groups = Groups.read(arrived, window.size() > 0 ? window.from() : k, k);
    List<StepGroup> fresh = groups.fresh(run, k);
    return compose(run, state, choice, groups)
        .withFresh(items(groups.of(k), run.config(), k), groups.skipped, meanReward(fresh));
  }

  private static StepData compose(RunContext run, RunState state, Choice choice, Groups groups) {
    int k = state.step();
    SpongeConfig config = run.config();
    boolean apart = !groups.byVersion.containsKey(k);
    BatchComposition batch =
        new BatchComposer(config, choice.schedule, state, choice.replay).compose(groups.byVersion);
    List<Item> items = items(batch.trained(), config, k);
    return new StepData(
        items,
        List.of(),
        items(batch.held(), config, k),
        apart && k > 0 ? items(groups.of(k - 1), config, k) : List.of(),
        (int) items.stream().filter(item -> item.lag() > 0).count(),
        groups.skipped,
        (int) batch.trained().stream().filter(StepGroup::equalRewards).count(),
        Double.NaN,
        choice.schedule.historyShare(k, state.historyFrom()),
        batch.metrics());
  }

  /** With the rollouts of version k, which are there now and were not looked at before. */
  StepData withFresh(RunContext run, int k) {
    Groups groups = Groups.read(run, k, k);
    List<StepGroup> own = groups.fresh(run, k);
    return withFresh(
        items(groups.of(k), run.config(), k), skippedGroups + groups.skipped, meanReward(own));
  }

  private StepData withFresh(List<Item> newFresh, int skipped, double mean) {
    return new StepData(
        items,
        newFresh,
        held,
        arrived,
        replayedRollouts,
        skipped,
        zeroVarianceGroups,
        mean,
        historyShare,
        metrics);
  }

  /** The rollouts of version k alone, which no step trains on; none if no group has all rewards. */
  static StepData explored(RunContext run, int k) {
    Groups groups = Groups.read(run, k, k);
    return new StepData(
        List.of(),
        items(groups.of(k), run.config(), k),
        List.of(),
        List.of(),
        0,
        groups.skipped,
        (int) groups.of(k).stream().filter(StepGroup::equalRewards).count(),
        meanReward(groups.of(k)),
        0,
        Map.of());
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
