package dev.sponge.jobs.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sponge forget}. */
@Command(
    name = "forget",
    description =
        "Delete a prompt and all that hangs on it from the tables, in all runs, and name the"
            + " policies that trained on it.")
final class ForgetCommand extends ToolCommand {
  @Option(
      names = "--prompt",
      required = true,
      paramLabel = "ID",
      description = "prompt_id of table prompts")
  private String prompt;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "why; kept in table recalls")
  private String reason;

  @Option(names = "--dry-run", description = "count rows and name policies, delete nothing")
  private boolean dryRun;

  @Override
  int call(Tools tools, StageContext context) {
    return tools.forget(context, new Tools.Recall(prompt, reason, dryRun));
  }
}
