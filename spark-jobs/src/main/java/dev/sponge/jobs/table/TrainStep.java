package dev.sponge.jobs.table;

import java.io.Serializable;
import java.time.Instant;
import java.util.Map;

/**
 * One row of table train_steps: the commit point of an outer step, written last. What other tables
 * hold for this step counts only for {@code attemptId}.
 */
@Table(
    value = "a committed outer step",
    rules = {
      @Table.Rule(name = "versions_of_step", sql = "version_in = step AND version_out = step + 1")
    })
public record TrainStep(
    @Column(value = "run", identity = true, check = ColumnCheck.FILLED) String runId,
    @Column(value = "outer step k", identity = true, check = ColumnCheck.NOT_NEGATIVE) int step,
    @Column(
            value = "attempt that counts for this step",
            identity = true,
            check = ColumnCheck.FILLED)
        String attemptId,
    @Column("policy version at the start, k") int versionIn,
    @Column("policy version published, k+1") int versionOut,
    @Column(value = "version of the base (reference) policy", check = ColumnCheck.NOT_NEGATIVE)
        int baseVersion,
    @Column("incarnation during the step") int incarnation,
    @Column("ReMix phase: 0 exploration, 1 off-policy, 2 on-policy") int phase,
    @Column("rollouts of version k sampled in the step") int freshRollouts,
    @Column("rollouts of earlier versions trained on") int replayedRollouts,
    @Column("groups left out because a reward is pending or failed") int skippedGroups,
    @Column(value = "p, the share of replayed data asked for", check = ColumnCheck.SHARE)
        double historyShare,
    @Column("m, passes over the data (UTD)") int passes,
    @Column("KL-Convex weight of the base policy") double lambda,
    @Column("version of prompts that was read") long promptsTableVersion,
    @Column("version of rollouts that was read") long rolloutsTableVersion,
    @Column("version of rewards that was read") long rewardsTableVersion,
    @Column("version of anchor_logprobs that was read") long anchorLogprobsTableVersion,
    @Column("metrics by name") Map<String, Double> metrics,
    @Column("seconds by part of the step") Map<String, Double> seconds,
    @Column("time of the commit") Instant createdAt,
    @Column(value = "version of policies that was read", nullable = true) Long policiesTableVersion,
    @Column(value = "version of incarnations that was read", nullable = true)
        Long incarnationsTableVersion,
    @Column(value = "version of stored_advantages that was read", nullable = true)
        Long storedAdvantagesTableVersion,
    @Column(value = "version of train_steps that was read", nullable = true)
        Long trainStepsTableVersion,
    @Column(value = "version of step_rollouts that was read", nullable = true)
        Long stepRolloutsTableVersion,
    @Column(value = "version of history_statistics that was there", nullable = true)
        Long historyStatisticsTableVersion,
    @Column(value = "version of recalls that was read", nullable = true) Long recallsTableVersion,
    @Column(value = "version of prompts_rejected that was read", nullable = true)
        Long promptsRejectedTableVersion)
    implements Serializable {
  public TrainStep {
    Rules.filled("train_steps", "run_id", runId);
    Rules.filled("train_steps", "attempt_id", attemptId);
    Rules.atLeast("train_steps", "step", step, 0);
    Rules.atLeast("train_steps", "base_version", baseVersion, 0);
    Rules.require(
        versionIn == step && versionOut == step + 1,
        "train_steps: step %s goes from version %s to %s; step k goes from version k to k+1",
        step,
        versionIn,
        versionOut);
    Rules.require(
        historyShare >= 0 && historyShare <= 1,
        "train_steps.history_share of step %s is %s; it lies in [0, 1]",
        step,
        historyShare);
  }

  /** What the step read. */
  public TableVersions versionsRead() {
    return new TableVersions(
        promptsTableVersion,
        rolloutsTableVersion,
        rewardsTableVersion,
        anchorLogprobsTableVersion,
        policiesTableVersion,
        incarnationsTableVersion,
        storedAdvantagesTableVersion,
        trainStepsTableVersion,
        stepRolloutsTableVersion,
        historyStatisticsTableVersion,
        recallsTableVersion,
        promptsRejectedTableVersion);
  }
}
