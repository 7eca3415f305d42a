package dev.sponge.jobs.cli;

import dev.sponge.jobs.cli.Stages.Outcome;
import picocli.CommandLine.Command;

/** {@code sponge run}. */
@Command(
    name = "run",
    description = "Loop all stages up to run.steps; goes on where the tables end.")
final class RunCommand extends StageCommand {
  @Override
  boolean beginsWork() {
    return true;
  }

  @Override
  boolean loops() {
    return true;
  }

  @Override
  Outcome call(Stages stages, StageContext context) {
    return stages.run(context);
  }
}
