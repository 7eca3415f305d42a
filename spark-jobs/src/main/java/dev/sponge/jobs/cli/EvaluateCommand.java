package dev.sponge.jobs.cli;

import dev.sponge.jobs.cli.Stages.Outcome;
import picocli.CommandLine.Command;

/** {@code sponge evaluate}. */
@Command(name = "evaluate", description = "Measure the newest policy on held-out problems.")
final class EvaluateCommand extends StageCommand {
  @Override
  boolean beginsWork() {
    return false;
  }

  @Override
  Outcome call(Stages stages, StageContext context) {
    return stages.evaluate(context);
  }
}
