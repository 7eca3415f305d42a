package dev.sponge.jobs.table;

import io.delta.kernel.Snapshot;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.internal.SnapshotImpl;
import io.delta.kernel.internal.lang.Lazy;
import io.delta.kernel.internal.metrics.SnapshotQueryContext;
import io.delta.kernel.internal.replay.LogReplay;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A snapshot that Delta Kernel writes to although the table has CHECK constraints. Kernel cannot
 * evaluate them and refuses the table; our records fulfil them by construction. So the snapshot
 * leaves out the constraints that the records check, and only those: a constraint of somebody else
 * is still refused. The log is not touched, since neither an append nor a checkpoint writes the
 * snapshot's metadata: the first writes none, the second what the log says.
 */
final class WritableSnapshot {
  private WritableSnapshot() {}

  /**
   * @param checked table properties of the constraints that the rows to write fulfil
   */
  static Snapshot of(Engine engine, Snapshot snapshot, Map<String, String> checked) {
    SnapshotImpl whole = (SnapshotImpl) snapshot;
    Map<String, String> properties = whole.getMetadata().getConfiguration();
    Set<String> obeyed =
        checked.entrySet().stream()
            .filter(constraint -> constraint.getValue().equals(properties.get(constraint.getKey())))
            .map(Map.Entry::getKey)
            .collect(Collectors.toSet());
    if (obeyed.isEmpty()) {
      return snapshot;
    }
    return new SnapshotImpl(
        whole.getDataPath(),
        whole.getVersion(),
        whole.getLazyLogSegment(),
        new LogReplay(
            engine, whole.getDataPath(), whole.getLazyLogSegment(), new Lazy<>(Optional::empty)),
        whole.getProtocol(),
        whole.getMetadata().withConfigurationKeysUnset(obeyed),
        whole.getCommitter(),
        SnapshotQueryContext.forLatestSnapshot(whole.getPath()),
        Optional.empty());
  }
}
