package dev.sponge.jobs.cli;

import dev.sponge.jobs.cli.Stages.Outcome;
import picocli.CommandLine.Command;

/** {@code sponge train}. */
@Command(name = "train", description = "Train the next step from the tables.")
final class TrainCommand extends StageCommand {
  @Override
  boolean beginsWork() {
    return false;
  }

  @Override
  Outcome call(Stages stages, StageContext context) {
    return stages.train(context);
  }
}
