package dev.sponge.jobs.exchange;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import dev.sponge.jobs.cli.Tools.ExportFormat;
import dev.sponge.jobs.report.Console;
import dev.sponge.jobs.table.LakeTable;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * Writes the rows of a run that count for tools that read no Delta tables. Nothing counts in the
 * output before {@value #MANIFEST}, which is written last.
 */
public final class ExportJob {
  /** Says what an export holds. */
  public static final String MANIFEST = "sponge-export.json";

  private static final Gson JSON = new GsonBuilder().setPrettyPrinting().create();

  private final Lakehouse lakehouse;
  private final String runId;
  private final Console console;

  public ExportJob(Lakehouse lakehouse, String runId, Console console) {
    this.lakehouse = lakehouse;
    this.runId = runId;
    this.console = console;
  }

  private record Manifest(String format, String run, Map<String, Long> rows) {}

  /**
   * @param out directory of any Hadoop file system, absent or empty
   * @param verifier whose rewards become verl's score; empty for the only one there is
   * @throws UserError if the run has no rollouts, or {@code out} holds something
   */
  public void run(ExportFormat format, String out, Optional<String> verifier) {
    Path target = new Path(out);
    try {
      FileSystem files = target.getFileSystem(lakehouse.spark().sessionState().newHadoopConf());
      if (files.exists(target) && files.listStatus(target).length > 0) {
        throw new UserError("--out " + out + " is not empty; name a new directory.");
      }
      if (ofRun(lakehouse.rollouts()).isEmpty()) {
        throw new UserError(
            "Run \"%s\" has no rollouts to export; look at --run and --work.".formatted(runId));
      }
      Map<String, Long> rows =
          switch (format) {
            case PARQUET, JSONL -> tables(format, target);
            case VERL -> verl(files, target, verifier);
          };
      Manifest manifest = new Manifest(format.label(), runId, rows);
      try (OutputStream stream = files.create(new Path(target, MANIFEST))) {
        stream.write((JSON.toJson(manifest) + "\n").getBytes(StandardCharsets.UTF_8));
      }
      rows.forEach((name, count) -> console.result("%,12d  %s".formatted(count, name)));
    } catch (IOException e) {
      throw new SpongeException("The export to " + out + " failed: " + e.getMessage(), e);
    }
  }

  /** Rows of this run that count; tables without runs belong to all. */
  private Dataset<Row> ofRun(LakeTable<?> table) {
    Dataset<Row> rows = table.committed();
    return Arrays.asList(rows.columns()).contains("run_id")
        ? rows.where(functions.col("run_id").equalTo(runId))
        : rows;
  }

  private Map<String, Long> tables(ExportFormat format, Path target) {
    Map<String, Long> counts = new TreeMap<>();
    for (LakeTable<?> table : lakehouse.tables()) {
      String directory = new Path(target, table.name()).toString();
      Dataset<Row> rows = ofRun(table);
      long count = rows.count();
      if (count > 0) {
        if (format == ExportFormat.PARQUET) {
          rows.write().parquet(directory);
        } else {
          rows.write().json(directory);
        }
        counts.put(table.name(), count);
      }
    }
    return counts;
  }

  /**
   * As verl's {@code trainer.rollout_data_dir}: a file {@code STEP.jsonl} a policy version with
   * input, output, gts, score and step, which verl counts from 1; beside them the token ids and
   * log-probs that verl leaves out.
   */
  private Map<String, Long> verl(FileSystem files, Path target, Optional<String> verifier)
      throws IOException {
    VerifierKey key = verifier(verifier);
    Dataset<Row> prompts =
        lakehouse.prompts().committed().selectExpr("prompt_id", "prompt as input", "answer as gts");
    Dataset<Row> scores =
        ofRun(lakehouse.rewards())
            .where(functions.col("verifier_id").equalTo(key.id()))
            .where(functions.col("verifier_version").equalTo(key.version()))
            .selectExpr("rollout_id", "reward as score");
    Dataset<Row> lines =
        ofRun(lakehouse.rollouts())
            .join(scores, "rollout_id")
            .join(functions.broadcast(prompts), "prompt_id");
    List<Integer> versions =
        ofRun(lakehouse.rollouts()).select("policy_version").distinct().collectAsList().stream()
            .map(row -> row.getInt(0))
            .sorted()
            .toList();
    Map<String, Long> counts = new TreeMap<>();
    for (int version : versions) {
      String name = (version + 1) + ".jsonl";
      Iterator<String> json =
          lines
              .where(functions.col("policy_version").equalTo(version))
              .orderBy("group_id", "sample_index")
              .selectExpr(
                  "input",
                  "response_text as output",
                  "gts",
                  "score",
                  "policy_version + 1 as step",
                  "prompt_ids",
                  "response_ids",
                  "behaviour_logprobs as rollout_log_probs",
                  "temperature",
                  "finish_reason",
                  "rollout_id")
              .toJSON()
              .toLocalIterator();
      counts.put(name, write(files, new Path(target, name), json));
    }
    return counts;
  }

  private static long write(FileSystem files, Path path, Iterator<String> lines)
      throws IOException {
    long count = 0;
    try (OutputStream stream = files.create(path)) {
      while (lines.hasNext()) {
        stream.write((lines.next() + "\n").getBytes(StandardCharsets.UTF_8));
        count++;
      }
    }
    return count;
  }

  private VerifierKey verifier(Optional<String> wanted) {
    List<VerifierKey> there =
        ofRun(lakehouse.rewards())
            .select("verifier_id", "verifier_version")
            .distinct()
            .collectAsList()
            .stream()
            .map(row -> new VerifierKey(row.getString(0), row.getString(1)))
            .filter(key -> wanted.isEmpty() || wanted.get().equals(name(key)))
            .toList();
    if (there.size() != 1) {
      throw new UserError(
          "Run \"%s\" has rewards of %s%s; name one with --verifier NAME@VERSION."
              .formatted(
                  runId,
                  there.isEmpty() ? "no verifier" : there.stream().map(ExportJob::name).toList(),
                  wanted.map(name -> " (asked for: " + name + ")").orElse("")));
    }
    return there.get(0);
  }

  private static String name(VerifierKey key) {
    return key.id() + "@" + key.version();
  }
}
