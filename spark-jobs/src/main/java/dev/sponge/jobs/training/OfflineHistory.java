package dev.sponge.jobs.training;

import dev.sponge.jobs.config.OfflineConfig;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.table.Reward;
import dev.sponge.jobs.table.RolloutsTable.Place;
import dev.sponge.jobs.training.StepData.Item;
import dev.sponge.rl.UserError;
import dev.sponge.rl.generation.TokenRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * The stored groups that an offline run trains on: every epoch walks all groups with all rewards in
 * one order, and a step takes the next block of it. A function of (seed, k, rollouts, rewards)
 * alone; where groups are deleted, the later ones move up and none trains twice in an epoch.
 */
public final class OfflineHistory {
  private final RunContext run;
  private final HistorySource source;
  private final int perStep;
  private final List<Key> groups;
  private final int skipped;

  /** A group without its rollouts. */
  private record Key(int version, String groupId) {}

  /** Reads which groups there are. */
  public OfflineHistory(RunContext run) {
    this.run = run;
    source = HistorySource.offline(run);
    perStep = run.config().rollout().promptsPerStep();
    Collection<List<Place>> all =
        source.places().stream().collect(Collectors.groupingBy(Place::groupId)).values();
    Map<String, Reward> rewards = source.rewards(source.from(), source.to());
    groups =
        all.stream()
            .filter(members -> members.stream().allMatch(place -> trains(place, rewards)))
            .map(members -> new Key(members.get(0).policyVersion(), members.get(0).groupId()))
            .sorted(Comparator.comparingInt(Key::version).thenComparing(Key::groupId))
            .toList();
    skipped = all.size() - groups.size();
  }

  private boolean trains(Place place, Map<String, Reward> rewards) {
    Reward reward = rewards.get(place.rolloutId());
    boolean whole = run.config().history().allowTruncated() || !place.truncated();
    return whole && reward != null && reward.scored();
  }

  /**
   * @throws UserError if the groups do not fill one step
   */
  void check() {
    if (groups.size() < perStep) {
      throw new UserError(
          "offline.run = %s has %d groups with all rewards in policy versions %d to %d, fewer than rollout.prompts_per_step = %d; lower the key or take more versions"
              .formatted(source.sourceId(), groups.size(), source.from(), source.to(), perStep));
    }
  }

  /** Steps until every group has trained as often as it may. */
  public int steps() {
    return stepsPerEpoch() * run.config().offline().epochs();
  }

  /** How many groups there are. */
  public int size() {
    return groups.size();
  }

  private int stepsPerEpoch() {
    return groups.size() / perStep;
  }

  /** The data of the state's step; nothing of it is fresh. */
  StepData read(RunState state) {
    int k = state.step();
    if (k >= steps()) {
      throw new UserError(
          "Step %d of run \"%s\": all groups of offline.run = %s have trained; raise offline.epochs in a new run"
              .formatted(k, run.runId(), source.sourceId()));
    }
    List<StepGroup> block = load(block(k));
    List<Item> items = StepData.items(block, run.config(), k);
    return new StepData(
        items,
        List.of(),
        List.of(),
        items.size(),
        skipped,
        (int) block.stream().filter(StepGroup::equalRewards).count(),
        StepData.meanReward(block),
        1,
        Map.of("data/offline_epoch", (double) epoch(k)));
  }

  private int epoch(int k) {
    return k / stepsPerEpoch();
  }

  private List<Key> block(int k) {
    int from = k % stepsPerEpoch() * perStep;
    return order(epoch(k)).subList(from, from + perStep);
  }

  private List<Key> order(int epoch) {
    OfflineConfig.Order order = run.config().offline().order();
    return switch (order) {
      case STORED -> groups;
      case SEEDED -> {
        long seed = TokenRandom.seed(run.config().run().seed(), epoch, "offline groups", 0);
        ToLongFunction<Key> place = key -> TokenRandom.seed(seed, epoch, key.groupId(), 0);
        yield groups.stream()
            .sorted(Comparator.comparingLong(place).thenComparing(Key::groupId))
            .toList();
      }
    };
  }

  /** One version at a time in memory. */
  private List<StepGroup> load(List<Key> keys) {
    Map<Integer, Set<String>> wanted =
        keys.stream()
            .collect(
                Collectors.groupingBy(
                    Key::version,
                    TreeMap::new,
                    Collectors.mapping(Key::groupId, Collectors.toSet())));
    List<StepGroup> loaded = new ArrayList<>();
    wanted.forEach(
        (version, ids) ->
            source.groups(version).stream()
                .filter(group -> ids.contains(group.id()))
                .forEach(loaded::add));
    return loaded;
  }
}
