package dev.sponge.jobs.training;

import dev.sponge.jobs.config.OfflineConfig;
import dev.sponge.jobs.config.WarmStartConfig;
import dev.sponge.jobs.run.Hashes;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.Verifiers;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.Reward;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.jobs.table.RolloutsTable.Place;
import dev.sponge.rl.UserError;
import dev.sponge.rl.model.ResidualAdapter;
import dev.sponge.rl.reward.Verifier;
import dev.sponge.rl.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Another run of the work directory whose stored rollouts train. Its version {@code to} is virtual
 * version -1 of this run, the one before it -2, and so on.
 *
 * @param section of the configuration that names it
 * @param sourceId its name
 * @param from first policy version whose rollouts train
 * @param to last one
 */
public record HistorySource(RunContext run, String section, String sourceId, int from, int to) {

  /** The run that the configuration names, if any. */
  public static Optional<HistorySource> of(RunContext run) {
    if (run.config().offline().isOn()) {
      return Optional.of(offline(run));
    }
    return run.config().warmStart().isOn() ? Optional.of(warmStart(run)) : Optional.empty();
  }

  static HistorySource offline(RunContext run) {
    OfflineConfig offline = run.config().offline();
    return new HistorySource(
        run, "offline", offline.run(), offline.fromVersion(), offline.toVersion());
  }

  static HistorySource warmStart(RunContext run) {
    WarmStartConfig warm = run.config().warmStart();
    int from = Math.max(warm.versions() - run.config().history().versions(), 0);
    return new HistorySource(run, "warm_start", warm.run(), from, warm.toVersion());
  }

  /**
   * Refuses a run that cannot be trained on.
   *
   * @throws UserError saying what is missing
   */
  public void check() {
    Policy first =
        run.lakehouse()
            .policies()
            .read(sourceId, 0)
            .orElseThrow(
                () ->
                    new UserError(
                        "%s.run = %s: the work directory has no run of that name"
                            .formatted(section, sourceId)));
    checkTokenizer(first);
    OptionalInt last = run.lakehouse().rollouts().lastVersion(sourceId);
    if (last.isEmpty() || last.getAsInt() < to) {
      throw new UserError(
          "%s.to_version = %d, but run \"%s\" has %s"
              .formatted(
                  section,
                  to,
                  sourceId,
                  last.isEmpty()
                      ? "no rollouts"
                      : "rollouts of policy versions up to " + last.getAsInt()));
    }
    checkRewards();
    if (run.config().offline().takesPolicy()) {
      checkPolicy();
    }
    if (run.config().offline().isOn()) {
      new OfflineHistory(run).check();
    }
  }

  private void checkTokenizer(Policy first) {
    Path ours = run.tokenizerDirectory().resolve(Tokenizer.FILE_NAME);
    String theirs = first.tokenizerSha256();
    if (theirs == null) {
      Path checkpoint = run.checkpoints().fetch(first.checkpointUri());
      theirs = Hashes.sha256(checkpoint.resolve(Tokenizer.FILE_NAME));
    }
    if (!ours.toFile().isFile() || !run.tokenizerSha256().equals(theirs)) {
      throw new UserError(
          "%s.run = %s was sampled with another tokenizer than %s: its token ids mean something else here; give the same model with --model DIR"
              .formatted(section, sourceId, ours));
    }
  }

  private void checkRewards() {
    TreeSet<Integer> missing =
        places().stream().map(Place::policyVersion).collect(Collectors.toCollection(TreeSet::new));
    rewards(from, to).values().forEach(reward -> missing.remove(reward.policyVersion()));
    if (!missing.isEmpty()) {
      throw new UserError(
          "%s.run = %s: %s has not judged its policy versions %s; run: sponge rescore --verifier %s --run %s --work DIR"
              .formatted(section, sourceId, verifierName(), missing, verifierName(), sourceId));
    }
  }

  private void checkPolicy() {
    Policy policy = policy();
    if (!run.checkpoints().exists(policy.checkpointUri())) {
      throw new UserError(
          "offline.policy = %d: run \"%s\" has no checkpoint of that version any more (checkpoint.keep_every); take version 0 or a newer one"
              .formatted(policy.policyVersion(), sourceId));
    }
    if (ResidualAdapter.exists(run.checkpoints().fetch(policy.checkpointUri()))) {
      throw new UserError(
          "offline.policy = %d of run \"%s\" has a residual adapter, which cannot be merged into weights; take version 0"
              .formatted(policy.policyVersion(), sourceId));
    }
  }

  /** The policy of that run that becomes version 0 of this one. */
  Policy policy() {
    int version = run.config().offline().policy();
    return run.lakehouse()
        .policies()
        .read(sourceId, version)
        .orElseThrow(
            () ->
                new UserError(
                    "offline.policy = %d: run \"%s\" has no such policy version"
                        .formatted(version, sourceId)));
  }

  private String verifierName() {
    return Verifiers.name(run.verifier());
  }

  /** Where the rollouts {@code from .. to} belong, without their tokens. */
  List<Place> places() {
    return run.lakehouse().rollouts().places(sourceId, from, to);
  }

  /** The configured verifier's verdicts on the rollouts of the versions, by rollout id. */
  Map<String, Reward> rewards(int first, int last) {
    Verifier verifier = run.verifier();
    VerifierKey key = new VerifierKey(verifier.id(), verifier.version());
    return run.lakehouse().rewards().read(sourceId, first, last, key);
  }

  /** Whole groups of one version that may train. */
  List<StepGroup> groups(int version) {
    Map<String, Reward> rewards = rewards(version, version);
    boolean truncatedToo = run.config().history().allowTruncated();
    List<StepGroup> groups = new ArrayList<>();
    for (List<Rollout> members :
        StepData.groups(run.lakehouse().rollouts().read(sourceId, version, version))) {
      if (truncatedToo || members.stream().allMatch(r -> r.keptLogmass() == null)) {
        StepGroup.of(virtual(version), members, rewards).ifPresent(groups::add);
      }
    }
    return groups;
  }

  /** The groups of virtual versions from {@code firstVirtual} to -1, by virtual version. */
  Map<Integer, List<StepGroup>> before(int firstVirtual) {
    Map<Integer, List<StepGroup>> groups = new TreeMap<>();
    for (int version = Math.max(firstVirtual + to + 1, from); version <= to; version++) {
      groups.put(virtual(version), groups(version));
    }
    return groups;
  }

  /** What a version of that run counts as here, below 0. */
  private int virtual(int version) {
    return version - to - 1;
  }
}
