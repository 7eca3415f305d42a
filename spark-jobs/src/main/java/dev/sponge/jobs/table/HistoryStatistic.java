package dev.sponge.jobs.table;

import java.io.Serializable;

/**
 * One row of table history_statistics: how a rollout of the history stood to pi_k before step k
 * trained. Ratios are pi_k / mu of its tokens.
 */
@Table(
    value = "how a rollout of the history stood to pi_k before a step trained",
    rules = {@Table.Rule(name = "selected_eligible", sql = "eligible OR NOT selected")})
public record HistoryStatistic(
    @Column(value = "run", identity = true, check = ColumnCheck.FILLED) String runId,
    @Column(value = "outer step k", identity = true, check = ColumnCheck.NOT_NEGATIVE) int step,
    @Column(value = "attempt", identity = true, check = ColumnCheck.FILLED) String attemptId,
    @Column(value = "rollout", identity = true, check = ColumnCheck.FILLED) String rolloutId,
    @Column("version of the behaviour policy, in the run that sampled it") int policyVersion,
    @Column("group: eligible and chosen as a whole") String groupId,
    @Column(
            value = "k minus the policy version that it counts as, its age in steps",
            check = ColumnCheck.POSITIVE)
        int lag,
    @Column("response tokens") int tokens,
    @Column("mean ratio of its tokens") double ratioMean,
    @Column("largest ratio of a token") double ratioMax,
    @Column("log ratio of the whole sequence, the sum over its tokens") double sequenceLogRatio,
    @Column("effective sample size of its tokens, (sum r)^2 / (C sum r^2)") double ess,
    @Column("estimate of the chi-square divergence of pi_k from mu, per token") double chiSquare,
    @Column("estimate of KL(pi_k || mu), nats per token") double kl,
    @Column("estimate of KL(mu || pi_k), nats per token") double reverseKl,
    @Column(value = "passes it has trained in earlier steps", check = ColumnCheck.NOT_NEGATIVE)
        int uses,
    @Column("earlier steps in which it has trained") int usedSteps,
    @Column("whether its group passed the thresholds of history.eligible") boolean eligible,
    @Column("whether step k replays it") boolean selected)
    implements Serializable {
  public HistoryStatistic {
    Rules.filled("history_statistics", "run_id", runId);
    Rules.atLeast("history_statistics", "step", step, 0);
    Rules.filled("history_statistics", "rollout_id", rolloutId);
    Rules.filled("history_statistics", "attempt_id", attemptId);
    Rules.atLeast("history_statistics", "lag", lag, 1);
    Rules.atLeast("history_statistics", "uses", uses, 0);
    Rules.require(
        eligible || !selected,
        "history_statistics: rollout %s is selected in step %s and not eligible",
        rolloutId,
        step);
  }
}
