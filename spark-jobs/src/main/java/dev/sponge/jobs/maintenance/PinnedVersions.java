package dev.sponge.jobs.maintenance;

import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.TrainStepsTable;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * The table versions that committed steps say they read: the columns {@code <table>_table_version}
 * of {@code train_steps}, whichever there are, of all runs.
 */
final class PinnedVersions {
  private static final String SUFFIX = "_table_version";

  private PinnedVersions() {}

  /**
   * Pinned versions by table name; a table that is not named has none.
   *
   * @param unpinned by run the first step that pins anything, in place of {@link
   *     TrainStepsTable#unpinnedBefore}, unless that is larger
   */
  static Map<String, Set<Long>> of(Lakehouse lake, Map<String, Integer> unpinned) {
    TrainStepsTable steps = lake.trainSteps();
    List<String> columns =
        Arrays.stream(steps.dataset().columns()).filter(name -> name.endsWith(SUFFIX)).toList();
    Map<String, Integer> firstPinning = new HashMap<>();
    Map<String, Set<Long>> pinned = new TreeMap<>();
    for (Row row :
        steps
            .dataset()
            .select(
                Stream.concat(Stream.of("run_id", "step"), columns.stream())
                    .map(functions::col)
                    .toArray(org.apache.spark.sql.Column[]::new))
            .collectAsList()) {
      int first =
          firstPinning.computeIfAbsent(
              row.getString(0),
              run -> Math.max(steps.unpinnedBefore(run), unpinned.getOrDefault(run, 0)));
      if (row.getInt(1) < first) {
        continue;
      }
      for (String column : columns) {
        int index = row.fieldIndex(column);
        if (!row.isNullAt(index)) {
          String table = column.substring(0, column.length() - SUFFIX.length());
          pinned.computeIfAbsent(table, name -> new TreeSet<>()).add(row.getLong(index));
        }
      }
    }
    return pinned;
  }
}
