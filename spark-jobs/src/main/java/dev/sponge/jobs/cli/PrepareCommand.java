package dev.sponge.jobs.cli;

import dev.sponge.jobs.cli.Stages.Outcome;
import picocli.CommandLine.Command;

/** {@code sponge prepare}. */
@Command(name = "prepare", description = "Write the problems into the prompts table.")
final class PrepareCommand extends StageCommand {
  @Override
  boolean beginsWork() {
    return true;
  }

  @Override
  Outcome call(Stages stages, StageContext context) {
    return stages.prepare(context);
  }
}
