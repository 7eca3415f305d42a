package dev.sponge.jobs.table;

import dev.sponge.rl.SpongeException;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.functions;

/**
 * Who works on which run, partitioned by (run_id, lease). A sign of life is a commit without rows
 * whose transaction carries the time: a few hundred bytes of log and no data file.
 */
public final class LeasesTable extends LakeTable<Lease> {
  /**
   * The last lease of a run.
   *
   * @param acquired its first row
   * @param released whether its holder gave it back
   * @param lastSign last sign of life by the holder's clock, milliseconds since the epoch
   */
  public record State(Lease acquired, boolean released, long lastSign) {}

  LeasesTable(Storage storage) {
    super(new RecordTable<>(storage, "leases", Lease.class, "run_id", "lease"));
  }

  /** Number of the run's last lease; 0 before the first. Opens no data file. */
  public int last(String runId) {
    return table().partitionValues("lease", PartitionFilter.ALL.equal("run_id", runId)).stream()
        .mapToInt(Integer::intValue)
        .max()
        .orElse(0);
  }

  /** The run's last lease; empty before the first. */
  public Optional<State> find(String runId) {
    int last = last(runId);
    List<Lease> rows =
        table().read(PartitionFilter.ALL.equal("run_id", runId).equal("lease", last));
    return rows.stream()
        .filter(row -> row.event().equals(Lease.ACQUIRED))
        .findFirst()
        .map(
            acquired ->
                new State(
                    acquired,
                    rows.stream().anyMatch(row -> row.event().equals(Lease.RELEASED)),
                    table()
                        .lastTransaction(heartbeat(acquired, 0).appId())
                        .orElse(acquired.createdAt().toEpochMilli())));
  }

  /** Runs whose last lease was not given back, by a holder that works or is gone. */
  public List<String> unreleased() {
    return dataset()
        .groupBy("run_id", "lease")
        .agg(functions.max(functions.col("event").equalTo(Lease.RELEASED)).as("released"))
        .groupBy("run_id")
        .agg(functions.max_by(functions.col("released"), functions.col("lease")).as("released"))
        .where("NOT released")
        .orderBy("run_id")
        .collectAsList()
        .stream()
        .map(row -> row.getString(0))
        .toList();
  }

  /**
   * Takes a lease. Its number is the transaction: of two callers at once one fails.
   *
   * @return false if another holder took this number
   */
  public boolean acquire(Lease lease) {
    try {
      table().append(List.of(lease), TransactionId.of(lease.lease(), lease.runId(), "lease"));
      return true;
    } catch (SpongeException e) {
      if (last(lease.runId()) >= lease.lease()) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Writes a sign of life.
   *
   * @param millis larger than that of every sign before
   */
  public void beat(Lease lease, long millis) {
    table().append(List.of(), heartbeat(lease, millis));
  }

  /** Gives a lease back. */
  public void release(Lease released) {
    table()
        .append(
            List.of(released),
            TransactionId.of(released.lease(), released.runId(), "lease", "released"));
  }

  private static TransactionId heartbeat(Lease lease, long millis) {
    return TransactionId.of(millis, lease.runId(), "lease", lease.lease(), "alive");
  }
}
