package dev.sponge.jobs.cli;

import dev.sponge.jobs.cli.Stages.Outcome;
import picocli.CommandLine.Command;

/** {@code sponge quickstart}. */
@Command(
    name = "quickstart",
    description = "Improve a small fresh policy within minutes, and report.")
final class QuickstartCommand extends StageCommand {
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
    return stages.quickstart(context);
  }
}
