package dev.sponge.jobs.cli;

import dev.sponge.jobs.cli.Stages.Outcome;
import picocli.CommandLine.Command;

/** {@code sponge rollout}. */
@Command(name = "rollout", description = "Sample and verify the rollouts of the next step.")
final class RolloutCommand extends StageCommand {
  @Override
  boolean beginsWork() {
    return false;
  }

  @Override
  Outcome call(Stages stages, StageContext context) {
    return stages.rollout(context);
  }
}
