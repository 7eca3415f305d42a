package dev.sponge.jobs.cli;

import dev.sponge.jobs.cli.Stages.SqlResult;
import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.report.Console;
import dev.sponge.jobs.report.TextTable;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code sponge sql}. */
@Command(
    name = "sql",
    description = "Query the tables of the work directory.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Sponge.Version.class)
final class SqlCommand implements Callable<Integer> {
  private static final int MAX_ROWS = 1_000_000;

  @ParentCommand private Sponge sponge;
  @Mixin private WorkOption work;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100",
      description = "most rows to print (default: ${DEFAULT-VALUE})")
  private int limit;

  @Option(
      names = "--file",
      paramLabel = "FILE",
      description = "run every query of a file, each ended by a semicolon, in place of QUERY")
  private Path file;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "QUERY",
      description = "one Spark SQL query")
  private String query;

  @Override
  public Integer call() {
    List<Query> queries = queries();
    if (limit < 1 || limit > MAX_ROWS) {
      throw new UserError(
          "--limit " + limit + " is out of range: it must be from 1 to " + MAX_ROWS + ".");
    }
    WorkPlace place = work.existing();
    Console console = Console.on(sponge.out(), false);
    StageContext context = new StageContext(place, SpongeConfig.defaults(), console);
    List<String> texts = queries.stream().map(Query::text).toList();
    List<SqlResult> results =
        sponge.inStage(place.local(), stages -> stages.sql(context, texts, limit));
    for (int i = 0; i < results.size(); i++) {
      print(queries.get(i), results.get(i), console);
    }
    return Sponge.DONE;
  }

  private static void print(Query query, SqlResult result, Console console) {
    if (!query.title().isEmpty()) {
      console.result("");
      console.result(query.title());
    }
    TextTable.format(result.columns(), result.rows()).forEach(console::result);
    if (result.truncated()) {
      console.result("... more rows; raise --limit to see them");
    }
  }

  /**
   * @param title the comment lines directly above the query in a file
   */
  private record Query(String title, String text) {}

  private List<Query> queries() {
    if ((query == null) == (file == null)) {
      throw new UserError(
          "Give either one query or --file FILE, such as notebooks/rollout_history.sql.");
    }
    List<Query> queries = new ArrayList<>();
    for (String part : file == null ? new String[] {query} : read().split(";\\s*(\\R|$)", -1)) {
      List<String> title = new ArrayList<>();
      StringBuilder text = new StringBuilder();
      for (String line : part.lines().toList()) {
        if (line.strip().startsWith("--")) {
          title.add(line.strip().substring(2).strip());
        } else if (line.isBlank() && text.toString().isBlank()) {
          title.clear(); // what stands apart from the query, such as the file's header
        } else {
          text.append(line).append('\n');
        }
      }
      if (!text.toString().isBlank()) {
        queries.add(new Query(String.join(" ", title), text.toString()));
      }
    }
    if (queries.isEmpty()) {
      throw new UserError("The query is empty; write one such as \"select * from train_steps\".");
    }
    return queries;
  }

  private String read() {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UserError("The file " + file + " cannot be read (" + e + "); look at --file.", e);
    }
  }
}
