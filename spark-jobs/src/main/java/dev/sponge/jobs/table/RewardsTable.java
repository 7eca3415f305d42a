package dev.sponge.jobs.table;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaRDD;

/** The verdicts on the rollouts, partitioned by (run_id, policy_version). */
public final class RewardsTable extends LakeTable<Reward> {
  /** One verifier at one version. */
  public record VerifierKey(String id, String version) {}

  RewardsTable(Storage storage) {
    super(new RecordTable<>(storage, "rewards", Reward.class, "run_id", "policy_version"));
  }

  /** Commits one verifier's verdicts on all rollouts of one policy version. */
  public AppendResult append(
      String runId, int policyVersion, VerifierKey verifier, List<Reward> rewards) {
    return table().append(rewards, transaction(runId, policyVersion, verifier));
  }

  /** The same, with the files written by the tasks that compute {@code rewards}. */
  public AppendResult append(
      String runId, int policyVersion, VerifierKey verifier, JavaRDD<Reward> rewards) {
    return table().append(rewards, transaction(runId, policyVersion, verifier));
  }

  /**
   * Writes verdicts that were lost, beside the commit of all of them.
   *
   * @param repairId names the repair
   */
  public AppendResult repair(
      String runId,
      int policyVersion,
      VerifierKey verifier,
      String repairId,
      List<Reward> rewards) {
    String verifierName = verifier.id() + "@" + verifier.version();
    return table()
        .append(rewards, TransactionId.of(policyVersion, runId, "repair", verifierName, repairId));
  }

  /** A verifier may score history in any order, so each version is a transaction of its own. */
  private static TransactionId transaction(String runId, int policyVersion, VerifierKey verifier) {
    return TransactionId.of(
        policyVersion,
        runId,
        "verify",
        verifier.id() + "@" + verifier.version(),
        "v" + policyVersion);
  }

  /** One verifier's verdicts on the rollouts of versions {@code from .. to}, by rollout id. */
  public Map<String, Reward> read(String runId, int from, int to, VerifierKey verifier) {
    return read(runId, from, to, verifier, OptionalLong.empty());
  }

  /** The same as of a version of this table. */
  public Map<String, Reward> read(
      String runId, int from, int to, VerifierKey verifier, OptionalLong tableVersion) {
    return table()
        .read(
            tableVersion,
            PartitionFilter.ALL.equal("run_id", runId).between("policy_version", from, to))
        .stream()
        .filter(
            reward ->
                reward.verifierId().equals(verifier.id())
                    && reward.verifierVersion().equals(verifier.version()))
        .collect(Collectors.toMap(Reward::rolloutId, Function.identity()));
  }
}
