package dev.sponge.jobs.reuse;

import dev.sponge.jobs.table.Erasure;
import dev.sponge.jobs.table.LakeTable;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Recall;
import dev.sponge.rl.UserError;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
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

  /** Rows of a table that hang on the prompt. */
  private record Part(LakeTable<?> table, Column condition, long rows) {}

  /** What a recall would delete. */
  public Report report(String promptId) {
    return report(promptId, parts(promptId));
  }

  private Report report(String promptId, List<Part> parts) {
    Optional<Recall> earlier = lakehouse.recalls().read(promptId);
    if (earlier.isEmpty() && prompt(promptId).isEmpty()) {
      throw new UserError(
          "Table prompts holds no prompt %s; look for it with: sponge sql \"select prompt_id, prompt from prompts\""
              .formatted(promptId));
    }
    Map<String, Long> rows = new LinkedHashMap<>();
    parts.forEach(part -> rows.put(part.table().name(), part.rows()));
    List<String> policies =
        earlier
            .map(recall -> recall.policies().lines().toList())
            .orElseGet(() -> new TrainedOn(lakehouse).policies(promptId));
    return new Report(rows, policies, earlier.isPresent());
  }

  /** Deletes, or goes on with a deletion that was broken off. */
  public Report run(String promptId, String reason) {
    List<Part> parts = parts(promptId);
    Report report = report(promptId, parts);
    if (report.known()) {
      lakehouse.tables().forEach(Erasure::protect);
    } else {
      lakehouse.recalls().append(recall(promptId, reason, report));
    }
    parts.forEach(part -> Erasure.delete(part.table(), part.condition()));
    return report;
  }

  private Recall recall(String promptId, String reason, Report report) {
    Row prompt = prompt(promptId).orElseThrow();
    Map<String, Double> rows = new LinkedHashMap<>();
    report.rows().forEach((table, count) -> rows.put(table, (double) count));
    return new Recall(
        promptId,
        prompt.getString(0),
        prompt.getString(1),
        reason,
        rows,
        String.join("\n", report.policies()),
        Instant.now(),
        prompt.isNullAt(2) ? null : prompt.getString(2));
  }

  private Optional<Row> prompt(String promptId) {
    return lakehouse
        .prompts()
        .dataset()
        .where(functions.col(PROMPT).equalTo(promptId))
        .selectExpr(
            "split", "content_hash", "CASE WHEN size(prompt_ids) = 0 THEN source END AS source")
        .collectAsList()
        .stream()
        .findFirst();
  }

  /** Rollouts and prompts last: after a failure the rest can still be found by them. */
  private List<Part> parts(String promptId) {
    Column ofPrompt = functions.col(PROMPT).equalTo(promptId);
    Dataset<Row> rollouts = lakehouse.rollouts().dataset().where(ofPrompt);
    Column ofRollouts = functions.col(ROLLOUT).isin(values(rollouts, ROLLOUT));
    Column ofGroups = functions.col(GROUP).isin(values(rollouts, GROUP));
    List<LakeTable<?>> tables = new ArrayList<>(lakehouse.tables());
    tables.removeAll(List.of(lakehouse.recalls(), lakehouse.rollouts(), lakehouse.prompts()));
    tables.addAll(List.of(lakehouse.rollouts(), lakehouse.prompts()));
    return tables.stream()
        .filter(table -> table.version() > 0) // version 0 is the empty table
        .flatMap(
            table -> {
              List<String> columns = table.columns();
              if (table == lakehouse.promptsRejected()) {
                return Stream.of(part(table, ofPrompt.or(sameText(promptId))));
              }
              if (columns.contains(PROMPT)) {
                return Stream.of(part(table, ofPrompt));
              }
              if (columns.contains(ROLLOUT)) {
                return Stream.of(part(table, ofRollouts));
              }
              return columns.contains(GROUP) ? Stream.of(part(table, ofGroups)) : Stream.empty();
            })
        .filter(part -> part.rows() > 0)
        .toList();
  }

  /** Rows that were not imported because they hold the text of the prompt once more. */
  private static Column sameText(String promptId) {
    return functions.col("similar_to").equalTo(promptId).and(functions.col(PROMPT).isNull());
  }

  private static Part part(LakeTable<?> table, Column condition) {
    return new Part(table, condition, table.dataset().where(condition).count());
  }

  private static Object[] values(Dataset<Row> rows, String column) {
    return rows.select(column).distinct().collectAsList().stream()
        .map(row -> row.getString(0))
        .sorted()
        .toArray();
  }
}
