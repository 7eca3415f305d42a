package dev.sponge.jobs.ledger;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.ledger.TableLogs.TableFiles;
import dev.sponge.jobs.run.CheckpointStore;
import dev.sponge.jobs.run.Verifiers;
import dev.sponge.jobs.table.Erasure;
import dev.sponge.jobs.table.LakeTable;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.jobs.table.Reward;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.generation.FinishReason;
import dev.sponge.rl.reward.Verifier;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * Mends what can be mended without inventing anything: equal rows that stand twice, rewards that
 * can be computed again, and what broken-off attempts left behind. Nobody else may write meanwhile.
 */
final class Repairs {
  private static final int ID_DIGITS = 8;

  private final Lakehouse lake;
  private final LedgerViews views;
  private final CheckpointStore checkpoints;
  private final Map<String, LakeTable<?>> tables = new HashMap<>();
  private final List<String> made = new ArrayList<>();

  Repairs(Lakehouse lake, LedgerViews views, CheckpointStore checkpoints) {
    this.lake = lake;
    this.views = views;
    this.checkpoints = checkpoints;
    lake.tables().forEach(table -> tables.put(table.name(), table));
  }

  /**
   * Mends what a check found.
   *
   * @return one sentence for every repair
   */
  List<String> make(FsckReport found) {
    List<TableFiles> logs = TableLogs.read(lake.spark(), lake.tables());
    logs.stream().filter(log -> !log.appendOnly()).forEach(this::protect);
    Set<String> damaged = found.damages().stream().map(Damage::check).collect(Collectors.toSet());
    Keys.ALL.stream().filter(keys -> damaged.contains(keys.checkName())).forEach(this::once);
    if (damaged.contains("rollouts have a reward")
        || damaged.contains("trained rollouts have a reward")) {
      verify();
    }
    Attempts.ALL.forEach(this::sweep);
    logs.forEach(this::removeOrphans);
    removeCheckpoints();
    return List.copyOf(made);
  }

  private void protect(TableFiles log) {
    Erasure.protect(log.table());
    made.add("table %s is append-only again".formatted(log.table().name()));
  }

  /** Rows with one key that differ are left: nobody can say which is right. */
  private void once(Keys keys) {
    String key = String.join(", ", keys.key());
    List<String> columns = new ArrayList<>(keys.partition());
    keys.key().stream().filter(column -> !columns.contains(column)).forEach(columns::add);
    List<Row> doubled =
        views
            .session()
            .sql(
                """
                SELECT %3$s, count(*) AS n, count(DISTINCT to_json(struct(*))) AS variants
                FROM %1$s_whole LEFT SEMI JOIN
                  (SELECT %2$s FROM %1$s GROUP BY %2$s HAVING count(*) > 1) USING (%2$s)
                GROUP BY %3$s
                """
                    .formatted(keys.table(), key, String.join(", ", columns)))
            .collectAsList();
    Map<String, Long> extra = new TreeMap<>();
    Set<String> differing = new HashSet<>();
    for (Row row : doubled) {
      String partition = keys.partition().isEmpty() ? "true" : equal(keys.partition(), row);
      long n = row.getLong(row.fieldIndex("n"));
      if (row.getLong(row.fieldIndex("variants")) > 1 || n == 1) {
        differing.add(partition);
      } else {
        extra.merge(partition, n - 1, Long::sum);
      }
    }
    extra.keySet().removeAll(differing);
    extra.forEach(
        (partition, rows) -> {
          Erasure.keepOnce(tables.get(keys.table()), partition, keys.key());
          made.add(
              "removed %d rows of table %s that stood twice, where %s"
                  .formatted(rows, keys.table(), partition));
        });
  }

  /** The verifier of the run judges the stored responses again: no policy is needed. */
  private void verify() {
    List<Row> missing =
        views
            .session()
            .sql(
                """
                SELECT r.run_id, r.policy_version, collect_set(r.rollout_id) AS ids,
                  first(c.resolved_config) AS config
                FROM rollouts r LEFT SEMI JOIN train_steps t ON t.run_id = r.run_id
                  AND t.step = r.policy_version
                LEFT ANTI JOIN rewards_any w ON w.rollout_id = r.rollout_id
                JOIN (SELECT run_id, first(resolved_config) AS resolved_config
                  FROM counted_policies GROUP BY run_id) c ON c.run_id = r.run_id
                GROUP BY r.run_id, r.policy_version
                """)
            .collectAsList();
    Map<String, String> answers =
        lake.prompts().read("train").stream()
            .collect(Collectors.toMap(Prompt::promptId, Prompt::answer));
    for (Row row : missing) {
      SpongeConfig config = SpongeConfig.ofResolved(row.getString(3));
      Verifier verifier = Verifiers.of(config.reward());
      Set<String> ids = new HashSet<>(row.getList(2));
      List<Reward> rewards = new ArrayList<>();
      for (Rollout rollout : lake.rollouts().read(row.getString(0), row.getInt(1), row.getInt(1))) {
        if (ids.contains(rollout.rolloutId())) {
          boolean truncated = rollout.finishReason().equals(FinishReason.LENGTH.label());
          Verifiers.Response response =
              new Verifiers.Response(
                  rollout.rolloutId(),
                  rollout.runId(),
                  rollout.policyVersion(),
                  rollout.responseText(),
                  truncated);
          rewards.add(Verifiers.judge(verifier, response, answers.get(rollout.promptId())));
        }
      }
      lake.rewards()
          .repair(
              row.getString(0),
              row.getInt(1),
              new VerifierKey(verifier.id(), verifier.version()),
              UUID.randomUUID().toString().substring(0, ID_DIGITS),
              rewards);
      made.add(
          "verified %d rollouts of version %d of run %s again"
              .formatted(rewards.size(), row.getInt(1), row.getString(0)));
    }
  }

  private void sweep(Attempts attempts) {
    List<Row> left = views.session().sql(attempts.leftovers()).collectAsList();
    if (left.isEmpty()) {
      return;
    }
    String condition =
        left.stream()
            .map(row -> equal(attempts.columns(), row))
            .collect(Collectors.joining(" OR "));
    Erasure.delete(tables.get(attempts.table()), functions.expr(condition));
    made.add(
        "removed %d rows of %d attempts that never counted from table %s"
            .formatted(
                left.stream().mapToLong(row -> row.getLong(row.fieldIndex("n"))).sum(),
                left.size(),
                attempts.table()));
  }

  /** Equality of columns with the values of a row, in SQL. */
  private static String equal(List<String> columns, Row row) {
    return columns.stream()
        .map(column -> column + " = " + literal(row.get(row.fieldIndex(column))))
        .collect(Collectors.joining(" AND ", "(", ")"));
  }

  private static String literal(Object value) {
    return value instanceof Number
        ? value.toString()
        : "'" + value.toString().replace("\\", "\\\\").replace("'", "\\'") + "'";
  }

  private void removeOrphans(TableFiles log) {
    try {
      Path root = new Path(log.table().path());
      var files = root.getFileSystem(lake.spark().sessionState().newHadoopConf());
      for (String orphan : log.orphans()) {
        files.delete(
            new Path(root.toUri().getScheme(), root.toUri().getAuthority(), orphan), false);
      }
    } catch (IOException e) {
      throw new SpongeException(
          "Cannot remove files of table %s: %s".formatted(log.table().name(), e.getMessage()), e);
    }
    if (!log.orphans().isEmpty()) {
      made.add(
          "removed %d files that no commit of table %s names"
              .formatted(log.orphans().size(), log.table().name()));
    }
  }

  private void removeCheckpoints() {
    List<String> left = new CheckpointChecks(lake, checkpoints, views).leftovers();
    left.forEach(checkpoints::delete);
    left.forEach(uri -> made.add("removed the checkpoint of a broken-off attempt " + uri));
  }
}
