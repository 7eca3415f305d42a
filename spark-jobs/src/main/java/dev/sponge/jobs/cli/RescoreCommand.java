package dev.sponge.jobs.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sponge rescore}. */
@Command(
    name = "rescore",
    description = "Judge all stored rollouts anew with a verifier; earlier verdicts stay.")
final class RescoreCommand extends ToolCommand {
  @Option(
      names = "--verifier",
      required = true,
      paramLabel = "NAME@VERSION",
      description = "verifier, such as final-integer@1")
  private String verifier;

  @Option(names = "--all-runs", description = "every run of the work directory in place of --run")
  private boolean allRuns;

  @Override
  int call(Tools tools, StageContext context) {
    return tools.rescore(context, verifier, allRuns);
  }
}
