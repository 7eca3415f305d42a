package dev.sponge.jobs.cli;

import dev.sponge.jobs.cli.Stages.SqlResult;
import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.report.Console;
import dev.sponge.jobs.report.TextTable;
import dev.sponge.rl.UserError;
import java.nio.file.Path;
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

  @Parameters(index = "0", paramLabel = "QUERY", description = "one Spark SQL query")
  private String query;

  @Override
  public Integer call() {
    if (query.isBlank()) {
      throw new UserError("The query is empty; write one such as \"select * from train_steps\".");
    }
    if (limit < 1 || limit > MAX_ROWS) {
      throw new UserError(
          "--limit " + limit + " is out of range: it must be from 1 to " + MAX_ROWS + ".");
    }
    Path directory = work.existing();
    Console console = Console.on(sponge.out(), false);
    StageContext context = new StageContext(directory, SpongeConfig.defaults(), console);
    SqlResult result = sponge.inStage(directory, stages -> stages.sql(context, query, limit));
    TextTable.format(result.columns(), result.rows()).forEach(console::result);
    if (result.truncated()) {
      console.result("... more rows; raise --limit to see them");
    }
    return Sponge.DONE;
  }
}
