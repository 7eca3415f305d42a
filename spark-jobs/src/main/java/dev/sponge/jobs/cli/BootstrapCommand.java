package dev.sponge.jobs.cli;

import dev.sponge.jobs.cli.Stages.Outcome;
import picocli.CommandLine.Command;

/** {@code sponge bootstrap}. */
@Command(
    name = "bootstrap",
    description = "Make the base policy: finetune a fresh one, or take model.dir.")
final class BootstrapCommand extends StageCommand {
  @Override
  boolean beginsWork() {
    return false;
  }

  @Override
  Outcome call(Stages stages, StageContext context) {
    return stages.bootstrap(context);
  }
}
