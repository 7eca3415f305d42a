package dev.sponge.jobs.table;

import java.io.Serializable;
import java.time.Instant;

/** One row of table incarnations: the base policy became {@code baseVersion} at step T. */
public record Incarnation(
    @Column(value = "run", identity = true) String runId,
    @Column(value = "number of the incarnation, from 1", identity = true) int incarnation,
    @Column(value = "policy version that is the base policy from now on", identity = true)
        int baseVersion,
    @Column(value = "outer step T at which it happened", identity = true) int atStep,
    @Column("first policy version whose rollouts may be replayed from now on")
        int historyFromVersion,
    @Column("time of the reincarnation") Instant createdAt)
    implements Serializable {
  public Incarnation {
    Rules.filled("incarnations", "run_id", runId);
    Rules.atLeast("incarnations", "incarnation", incarnation, 1);
    Rules.atLeast("incarnations", "base_version", baseVersion, 0);
    Rules.atLeast("incarnations", "at_step", atStep, 0);
  }
}
