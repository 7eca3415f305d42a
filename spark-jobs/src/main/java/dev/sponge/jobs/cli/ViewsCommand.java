package dev.sponge.jobs.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sponge views}. */
@Command(
    name = "views",
    description = "List the SQL views and write views.sql, which other Spark sessions can run.")
final class ViewsCommand extends ToolCommand {
  @Option(
      names = "--save",
      description = "write each view as a Delta table under DIR/views, for readers without Spark")
  private boolean save;

  @Override
  int call(Tools tools, StageContext context) {
    return tools.views(context, save);
  }
}
