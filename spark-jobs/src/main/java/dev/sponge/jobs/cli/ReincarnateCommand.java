package dev.sponge.jobs.cli;

import dev.sponge.jobs.cli.Stages.Outcome;
import picocli.CommandLine.Command;

/** {@code sponge reincarnate}. */
@Command(name = "reincarnate", description = "Make the policy of step T the new base.")
final class ReincarnateCommand extends StageCommand {
  @Override
  boolean beginsWork() {
    return false;
  }

  @Override
  Outcome call(Stages stages, StageContext context) {
    return stages.reincarnate(context);
  }
}
