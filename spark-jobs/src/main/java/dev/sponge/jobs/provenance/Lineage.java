package dev.sponge.jobs.provenance;

import dev.sponge.jobs.table.Incarnation;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.TrainStep;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The ancestors of a policy, from version 0 on. */
public final class Lineage {
  private static final int HASH_DIGITS = 12;

  private Lineage() {}

  /**
   * A policy and the step that made it.
   *
   * @param madeBy null for version 0
   * @param reincarnation the one that made this policy the base, or null
   */
  public record Ancestor(Policy policy, TrainStep madeBy, Incarnation reincarnation) {}

  /**
   * The chain of parents that ends with a version.
   *
   * @param policyVersion empty for the newest
   * @throws UserError if the run has no such policy
   */
  public static List<Ancestor> of(Lakehouse lakehouse, String runId, OptionalInt policyVersion) {
    Policy newest =
        lakehouse
            .policies()
            .latest(runId)
            .orElseThrow(
                () ->
                    new UserError(
                        "Run \"%s\" has no policy; look at --run and --work.".formatted(runId)));
    int version = policyVersion.orElse(newest.policyVersion());
    if (version < 0 || version > newest.policyVersion()) {
      throw new UserError(
          "--policy %d: run \"%s\" has versions 0 to %d."
              .formatted(version, runId, newest.policyVersion()));
    }
    Map<Integer, Policy> policies =
        lakehouse.policies().read(runId, 0, version).stream()
            .collect(Collectors.toMap(Policy::policyVersion, Function.identity()));
    Map<Integer, TrainStep> steps =
        lakehouse.trainSteps().read(runId, 0, version - 1).stream()
            .collect(Collectors.toMap(TrainStep::versionOut, Function.identity()));
    Map<Integer, Incarnation> incarnations =
        lakehouse.incarnations().read(runId).stream()
            .collect(Collectors.toMap(Incarnation::baseVersion, Function.identity()));
    List<Ancestor> chain = new ArrayList<>();
    for (Integer next = version; next != null; next = policies.get(next).parentVersion()) {
      if (!policies.containsKey(next)) {
        throw new SpongeException(
            "Table policies of run \"%s\" has no version %d, an ancestor of version %d: the table is damaged"
                .formatted(runId, next, version));
      }
      chain.add(new Ancestor(policies.get(next), steps.get(next), incarnations.get(next)));
    }
    Collections.reverse(chain);
    return chain;
  }

  /** Names of the columns of {@link #cells}. */
  public static List<String> header() {
    return List.of(
        "policy", "parent", "base", "incarnation", "phase", "fresh", "replayed", "weights", "note");
  }

  /** A line of a table. */
  public static List<String> cells(Ancestor ancestor) {
    Policy policy = ancestor.policy();
    TrainStep step = ancestor.madeBy();
    Incarnation reincarnation = ancestor.reincarnation();
    return List.of(
        "" + policy.policyVersion(),
        policy.parentVersion() == null ? "-" : "" + policy.parentVersion(),
        "" + policy.baseVersion(),
        "" + policy.incarnation(),
        "" + policy.phase(),
        step == null ? "-" : "" + step.freshRollouts(),
        step == null ? "-" : "" + step.replayedRollouts(),
        policy.weightsSha256().substring(0, HASH_DIGITS),
        reincarnation == null
            ? ""
            : "base of incarnation %d; history from version %d"
                .formatted(reincarnation.incarnation(), reincarnation.historyFromVersion()));
  }
}
