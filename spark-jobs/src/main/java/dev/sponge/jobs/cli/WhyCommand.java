package dev.sponge.jobs.cli;

import dev.sponge.rl.UserError;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sponge why}. */
@Command(
    name = "why",
    description =
        "Show the rollouts that moved a step most, by |advantage| x ratio x share of tokens that"
            + " were not clipped x tokens.")
final class WhyCommand extends ToolCommand {
  @Option(names = "--step", paramLabel = "K", required = true, description = "outer step")
  private int step;

  @Option(
      names = "--top",
      paramLabel = "N",
      defaultValue = "5",
      description = "rollouts to show (default: ${DEFAULT-VALUE})")
  private int top;

  @Override
  int call(Tools tools, StageContext context) {
    if (top < 1) {
      throw new UserError("--top " + top + " is out of range: it must be at least 1.");
    }
    return tools.why(context, step, top);
  }
}
