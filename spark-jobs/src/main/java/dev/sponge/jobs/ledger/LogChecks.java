package dev.sponge.jobs.ledger;

import dev.sponge.jobs.ledger.TableLogs.TableFiles;
import dev.sponge.jobs.table.TableVersions;
import dev.sponge.jobs.table.TrainStepsTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Checks of the Delta logs and of the files that they name; they concern all runs. */
final class LogChecks {
  static final String LOGS = "logs whole";
  static final String FILES = "data files there";
  static final String TRANSACTIONS = "transactions once";
  static final String PINS = "pinned versions readable";

  private LogChecks() {}

  /** Every commit is there, and nobody else may change rows. */
  static CheckResult logs(List<TableFiles> logs) {
    List<Damage> damages = new ArrayList<>();
    long commits = 0;
    for (TableFiles log : logs) {
      commits += log.commits().size();
      String table = log.table().name();
      long first = log.commits().isEmpty() ? 0 : log.commits().first();
      for (long v = first; v <= log.version(); v++) {
        if (!log.commits().contains(v)) {
          damages.add(
              new Damage(LOGS, "", "commit %d of table %s is missing".formatted(v, table), false));
        }
      }
      if (!log.appendOnly()) {
        damages.add(
            new Damage(
                LOGS, "", "table %s does not have delta.appendOnly = true".formatted(table), true));
      }
    }
    return CheckResult.of(LOGS, commits, damages);
  }

  /** Every data file is there in its full length; files that nothing names are leftovers. */
  static CheckResult files(List<TableFiles> logs) {
    List<Damage> damages = new ArrayList<>();
    long examined = 0;
    long orphans = 0;
    for (TableFiles log : logs) {
      examined += log.live().size();
      orphans += log.orphans().size();
      for (Map.Entry<String, Long> file : log.live().entrySet()) {
        Long size = log.there().get(file.getKey());
        if (size == null || !size.equals(file.getValue())) {
          String found = size == null ? "is missing" : "has " + size + " bytes";
          damages.add(
              new Damage(
                  FILES,
                  "",
                  "file %s of table %s %s; its commit wrote %d bytes"
                      .formatted(file.getKey(), log.table().name(), found, file.getValue()),
                  false));
        }
      }
    }
    return new CheckResult(FILES, examined, orphans, damages.size(), damages);
  }

  /** No transaction was committed twice. */
  static CheckResult transactions(List<TableFiles> logs) {
    List<Damage> damages = new ArrayList<>();
    for (TableFiles log : logs) {
      for (String transaction : log.doubled()) {
        damages.add(
            new Damage(
                TRANSACTIONS,
                "",
                "table %s holds transaction %s more than once"
                    .formatted(log.table().name(), transaction),
                false));
      }
    }
    return CheckResult.of(
        TRANSACTIONS, logs.stream().mapToLong(TableFiles::transactions).sum(), damages);
  }

  /**
   * The table versions that steps were trained from can still be read, but for steps whose versions
   * maintenance was told to let go of.
   */
  static CheckResult pins(List<TableFiles> logs, SparkSession views) {
    List<Damage> damages = new ArrayList<>();
    String pinning = pinning(logs, views);
    long examined = 0;
    for (TableFiles log : logs) {
      String table = log.table().name();
      if (!TableVersions.TABLES.contains(table)) {
        continue;
      }
      List<Row> pins =
          views
              .sql(
                  "SELECT run_id, %1$s_table_version v, min(step) FROM train_steps WHERE %2$s AND %1$s_table_version IS NOT NULL GROUP BY run_id, v ORDER BY run_id, v"
                      .formatted(table, pinning))
              .collectAsList();
      for (Row pin : pins) {
        examined++;
        String reason = log.unreadable(pin.getLong(1));
        if (reason != null) {
          damages.add(
              new Damage(
                  PINS,
                  pin.getString(0),
                  "step %d was trained from version %d of table %s, which cannot be read: %s"
                      .formatted(pin.getInt(2), pin.getLong(1), table, reason),
                  false));
        }
      }
    }
    return CheckResult.of(PINS, examined, damages);
  }

  /** A condition on steps: they pin what they have read. */
  private static String pinning(List<TableFiles> logs, SparkSession views) {
    StringBuilder condition = new StringBuilder("true");
    for (TableFiles log : logs) {
      if (log.table() instanceof TrainStepsTable trainSteps) {
        for (Row run : views.sql("SELECT DISTINCT run_id FROM train_steps").collectAsList()) {
          int before = trainSteps.unpinnedBefore(run.getString(0));
          if (before > 0) {
            condition.append(
                " AND NOT (run_id = '%s' AND step < %d)".formatted(run.getString(0), before));
          }
        }
      }
    }
    return condition.toString();
  }
}
