package dev.sponge.jobs.maintenance;

import dev.sponge.jobs.table.LakeTable;
import dev.sponge.jobs.table.Lakehouse;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * The table versions that committed steps say they read: the columns {@code <table>_table_version}
 * of {@code train_steps}, of all runs.
 */
final class PinnedVersions {
  private static final String SUFFIX = "_table_version";

  private PinnedVersions() {}

  /**
   * Pinned versions by table name; a table that is not named has none.
   *
   * @param unpinBeforeStep steps of run {@code runId} before this one pin nothing
   */
  static Map<String, Set<Long>> of(Lakehouse lake, String runId, OptionalInt unpinBeforeStep) {
    Dataset<Row> all = lake.trainSteps().committed();
    Dataset<Row> steps =
        unpinBeforeStep.isEmpty()
            ? all
            : all.where(
                functions.not(
                    functions
                        .col("run_id")
                        .equalTo(runId)
                        .and(functions.col("step").lt(unpinBeforeStep.getAsInt()))));
    Set<String> names = lake.tables().stream().map(LakeTable::name).collect(Collectors.toSet());
    Map<String, String> columns =
        Arrays.stream(steps.columns())
            .filter(column -> column.endsWith(SUFFIX))
            .collect(Collectors.toMap(Function.identity(), PinnedVersions::table));
    columns.values().retainAll(names);
    Map<String, Set<Long>> pinned = new TreeMap<>();
    for (Row row :
        steps
            .select(
                columns.keySet().stream()
                    .map(functions::col)
                    .toArray(org.apache.spark.sql.Column[]::new))
            .collectAsList()) {
      columns.forEach(
          (column, table) -> {
            int index = row.fieldIndex(column);
            if (!row.isNullAt(index)) {
              pinned.computeIfAbsent(table, t -> new TreeSet<>()).add(row.getLong(index));
            }
          });
    }
    return pinned;
  }

  private static String table(String column) {
    return column.substring(0, column.length() - SUFFIX.length());
  }
}
