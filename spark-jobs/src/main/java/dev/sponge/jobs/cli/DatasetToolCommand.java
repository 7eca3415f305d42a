package dev.sponge.jobs.cli;

/** A subcommand of {@code sponge dataset}. */
abstract class DatasetToolCommand extends ToolCommand {
  abstract int call(DatasetTools tools, StageContext context);

  @Override
  final int call(Tools tools, StageContext context) {
    return call(tools.datasets(), context);
  }
}
