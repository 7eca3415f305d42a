package dev.sponge.jobs.table;

import java.io.Serializable;
import java.time.Instant;
import java.util.Set;

/** One row of table leases: an application began or ended to work on a run, alone. */
@Table(
    value = "an application began or ended to work on a run, alone",
    rules = {@Table.Rule(name = "event_known", sql = "event IN ('acquired', 'released')")})
public record Lease(
    @Column(value = "run", identity = true, check = ColumnCheck.FILLED) String runId,
    @Column(
            value = "number of the lease of this run, from 1; the last one counts",
            identity = true,
            check = ColumnCheck.POSITIVE)
        int lease,
    @Column(value = "acquired or released", identity = true) String event,
    @Column(value = "random name of the holder", identity = true, check = ColumnCheck.FILLED)
        String holder,
    @Column("host of the holder") String host,
    @Column("boot and process namespace of the host; empty where it is not known") String boot,
    @Column("process id of the holder") long pid,
    @Column("start of the process, in the host's own units; tells a process id used again")
        String processStart,
    @Column(value = "seconds between two signs of life", check = ColumnCheck.POSITIVE)
        int heartbeatSeconds,
    @Column("time of the event by the holder's clock") Instant createdAt)
    implements Serializable {
  public static final String ACQUIRED = "acquired";
  public static final String RELEASED = "released";

  public Lease {
    Rules.filled("leases", "run_id", runId);
    Rules.filled("leases", "holder", holder);
    Rules.atLeast("leases", "lease", lease, 1);
    Rules.atLeast("leases", "heartbeat_seconds", heartbeatSeconds, 1);
    Rules.require(
        Set.of(ACQUIRED, RELEASED).contains(event),
        "leases.event of lease %s is '%s'; it must be acquired or released",
        lease,
        event);
  }

  /** The end of this lease. */
  public Lease released(Instant at) {
    return new Lease(
        runId, lease, RELEASED, holder, host, boot, pid, processStart, heartbeatSeconds, at);
  }
}
