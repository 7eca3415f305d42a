package dev.sponge.jobs.provenance;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.sponge.jobs.config.OfflineConfig;
import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.run.Hashes;
import dev.sponge.jobs.table.Incarnation;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.TrainStep;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The ancestors of a policy, from version 0 on. */
public final class Lineage {
  private static final int HASH_DIGITS = 12;
  private static final int CONFIG_DIGITS = 8;
  private static final int SHA256_DIGITS = 64;

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
        "policy",
        "parent",
        "base",
        "incarnation",
        "phase",
        "fresh",
        "replayed",
        "weights",
        "config",
        "note");
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
        config(policy),
        reincarnation == null
            ? source(policy)
            : "base of incarnation %d; history from version %d"
                .formatted(reincarnation.incarnation(), reincarnation.historyFromVersion()));
  }

  /** What a run took from another one, told at its version 0; empty if nothing. */
  private static String source(Policy policy) {
    if (policy.parentVersion() != null) {
      return "";
    }
    SpongeConfig config = SpongeConfig.ofResolved(policy.resolvedConfig());
    OfflineConfig offline = config.offline();
    if (offline.isOn()) {
      String rollouts =
          "trains on rollouts of run %s, versions %d to %d"
              .formatted(offline.run(), offline.fromVersion(), offline.toVersion());
      return offline.takesPolicy()
          ? "policy %d of run %s; %s".formatted(offline.policy(), offline.run(), rollouts)
          : rollouts;
    }
    return config.warmStart().isOn()
        ? "history begins with rollouts of run %s, up to version %d"
            .formatted(config.warmStart().run(), config.warmStart().toVersion())
        : "";
  }

  /** Tells configurations apart. */
  private static String config(Policy policy) {
    return Hashes.sha256(policy.resolvedConfig(), CONFIG_DIGITS);
  }

  /** A line for each engine, with the policies that it made. */
  public static List<String> engines(List<Ancestor> chain) {
    Map<String, List<Integer>> versions = new LinkedHashMap<>();
    for (Ancestor ancestor : chain) {
      Policy policy = ancestor.policy();
      versions
          .computeIfAbsent(policy.engine(), engine -> new ArrayList<>())
          .add(policy.policyVersion());
    }
    List<String> lines = new ArrayList<>();
    versions.forEach(
        (engine, made) ->
            lines.add(
                "%d of %d policies by %s (versions %d to %d)"
                    .formatted(
                        made.size(),
                        chain.size(),
                        engine,
                        made.get(0),
                        made.get(made.size() - 1))));
    return lines;
  }

  /** All of it, as an array with one object a policy. */
  public static String json(List<Ancestor> chain) {
    JsonArray array = new JsonArray();
    chain.forEach(ancestor -> array.add(json(ancestor)));
    return new GsonBuilder()
        .setPrettyPrinting()
        .serializeNulls()
        .disableHtmlEscaping()
        .create()
        .toJson(array);
  }

  private static JsonObject json(Ancestor ancestor) {
    Policy policy = ancestor.policy();
    JsonObject object = new JsonObject();
    object.addProperty("policy_version", policy.policyVersion());
    object.addProperty("parent_version", policy.parentVersion());
    object.addProperty("base_version", policy.baseVersion());
    object.addProperty("incarnation", policy.incarnation());
    object.addProperty("phase", policy.phase());
    object.addProperty("weights_sha256", policy.weightsSha256());
    object.addProperty("checkpoint_uri", policy.checkpointUri());
    object.addProperty("attempt_id", policy.attemptId());
    object.addProperty("config_sha256", Hashes.sha256(policy.resolvedConfig(), SHA256_DIGITS));
    object.addProperty("engine", policy.engine());
    object.addProperty("created_at", policy.createdAt().toString());
    object.addProperty("source", source(policy));
    TrainStep step = ancestor.madeBy();
    if (step != null) {
      object.addProperty("fresh_rollouts", step.freshRollouts());
      object.addProperty("replayed_rollouts", step.replayedRollouts());
      object.addProperty("passes", step.passes());
      JsonObject versions = new JsonObject();
      step.versionsRead().byTable().forEach(versions::addProperty);
      object.add("table_versions_read", versions);
    }
    Incarnation reincarnation = ancestor.reincarnation();
    if (reincarnation != null) {
      object.addProperty("base_of_incarnation", reincarnation.incarnation());
      object.addProperty("history_from_version", reincarnation.historyFromVersion());
    }
    return object;
  }
}
