package dev.sponge.jobs.cli;

import picocli.CommandLine.Command;

/** {@code sponge migrate}. */
@Command(
    name = "migrate",
    description = {
      "Bring the tables of a work directory to the layout of this version.",
      "Adds tables, columns, constraints and comments; no row is changed."
    })
final class MigrateCommand extends ToolCommand {
  @Override
  int call(Tools tools, StageContext context) {
    return tools.migrate(context);
  }
}
