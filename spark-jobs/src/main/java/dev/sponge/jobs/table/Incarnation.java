package dev.sponge.jobs.table;

import java.io.Serializable;
import java.time.Instant;

/** One row of table incarnations: the base policy became {@code baseVersion} at step T. */
@Table("a change of the base policy")
public record Incarnation(
    @Column(value = "run", identity = true, check = ColumnCheck.FILLED) String runId,
    @Column(
            value = "number of the incarnation, from 1",
            identity = true,
            check = ColumnCheck.POSITIVE)
        int incarnation,
    @Column(
            value = "policy version that is the base policy from now on",
            identity = true,
            check = ColumnCheck.NOT_NEGATIVE)
        int baseVersion,
    @Column(
            value = "outer step T at which it happened",
            identity = true,
            check = ColumnCheck.NOT_NEGATIVE)
        int atStep,
    @Column(
            value = "first policy version whose rollouts may be replayed from now on",
            check = ColumnCheck.NOT_NEGATIVE)
        int historyFromVersion,
    @Column("time of the reincarnation") Instant createdAt)
    implements Serializable {
  public Incarnation {
    Rules.filled("incarnations", "run_id", runId);
    Rules.atLeast("incarnations", "incarnation", incarnation, 1);
    Rules.atLeast("incarnations", "base_version", baseVersion, 0);
    Rules.atLeast("incarnations", "at_step", atStep, 0);
    Rules.atLeast("incarnations", "history_from_version", historyFromVersion, 0);
  }
}
