package dev.sponge.jobs.reuse;

import dev.sponge.jobs.table.Erasure;
import dev.sponge.jobs.table.LakeTable;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Recall;
import dev.sponge.rl.UserError;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * Recalls a prompt: deletes its row and all rows that hang on it or on its rollouts, in every table
 * and run. The recall itself is committed first; what is done again does the rest.
 */
public final class ForgetJob {
  private static final String PROMPT = "prompt_id";
  private static final String ROLLOUT = "rollout_id";
  private static final String GROUP = "group_id";

  private final Lakehouse lakehouse;

  public ForgetJob(Lakehouse lakehouse) {
    this.lakehouse = lakehouse;
  }

  /**
   * What is deleted, or would be.
   *
   * @param rows to delete, by table; tables without such rows left out
   * @param policies that trained on its rollouts, and their descendants, as text
   * @param known whether an earlier recall of the prompt is committed
   */
  public record Report(Map<String, Long> rows, List<String> policies, boolean known) {
    /** Whether nothing is left to delete. */
    public boolean isDone() {
      return known && rows.isEmpty();
    }
  }

  /** What a recall would delete. */
  public Report report(String promptId) {
    Optional<Recall> earlier = lakehouse.recalls().read(promptId);
    if (earlier.isEmpty() && prompt(promptId).isEmpty()) {
      throw new UserError(
          "Table prompts holds no prompt %s; look for it with: sponge sql \"select prompt_id, prompt from prompts\""
              .formatted(promptId));
    }
    Map<String, Long> rows = new LinkedHashMap<>();
    conditions(promptId)
        .forEach(
            (table, condition) -> {
              long count = table.dataset().where(condition).count();
              if (count > 0) {
                rows.put(table.name(), count);
              }
            });
    List<String> policies =
        earlier
            .map(recall -> recall.policies().lines().toList())
            .orElseGet(() -> new TrainedOn(lakehouse).policies(promptId));
    return new Report(rows, policies, earlier.isPresent());
  }

  /** Deletes, or goes on with a deletion that was broken off. */
  public Report run(String promptId, String reason) {
    Report report = report(promptId);
    if (!report.known()) {
      Row prompt = prompt(promptId).orElseThrow();
      Map<String, Double> rows = new LinkedHashMap<>();
      report.rows().forEach((table, count) -> rows.put(table, (double) count));
      lakehouse
          .recalls()
          .append(
              new Recall(
                  promptId,
                  prompt.getString(0),
                  prompt.getString(1),
                  reason,
                  rows,
                  String.join("\n", report.policies()),
                  Instant.now()));
    }
    conditions(promptId)
        .forEach(
            (table, condition) -> {
              if (report.rows().containsKey(table.name())) {
                Erasure.delete(table, condition);
              }
            });
    lakehouse.tables().forEach(Erasure::protect);
    return report;
  }

  private Optional<Row> prompt(String promptId) {
    return lakehouse
        .prompts()
        .dataset()
        .where(functions.col(PROMPT).equalTo(promptId))
        .select("split", "content_hash")
        .collectAsList()
        .stream()
        .findFirst();
  }

  /**
   * Which rows hang on the prompt. Tables that name it come last, rollouts and prompts at the very
   * end: after a failure the rest can still be found.
   */
  private Map<LakeTable<?>, Column> conditions(String promptId) {
    Column ofPrompt = functions.col(PROMPT).equalTo(promptId);
    Dataset<Row> rollouts = lakehouse.rollouts().dataset().where(ofPrompt);
    Object[] rolloutIds = values(rollouts, ROLLOUT);
    Object[] groupIds = values(rollouts, GROUP);
    Map<LakeTable<?>, Column> indirect = new LinkedHashMap<>();
    Map<LakeTable<?>, Column> direct = new LinkedHashMap<>();
    for (LakeTable<?> table : lakehouse.tables()) {
      List<String> columns = Arrays.asList(table.dataset().columns());
      if (table == lakehouse.recalls() || table == lakehouse.rollouts()) {
        continue;
      }
      if (columns.contains(PROMPT)) {
        direct.put(table, ofPrompt);
      } else if (columns.contains(ROLLOUT)) {
        indirect.put(table, functions.col(ROLLOUT).isin(rolloutIds));
      } else if (columns.contains(GROUP)) {
        indirect.put(table, functions.col(GROUP).isin(groupIds));
      }
    }
    direct.remove(lakehouse.prompts());
    Map<LakeTable<?>, Column> all = new LinkedHashMap<>(indirect);
    all.putAll(direct);
    all.put(lakehouse.rollouts(), ofPrompt);
    all.put(lakehouse.prompts(), ofPrompt);
    return all;
  }

  private static Object[] values(Dataset<Row> rows, String column) {
    return rows.select(column).distinct().collectAsList().stream()
        .map(row -> row.getString(0))
        .sorted()
        .collect(Collectors.toList())
        .toArray();
  }
}
