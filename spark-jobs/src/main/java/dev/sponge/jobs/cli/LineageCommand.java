package dev.sponge.jobs.cli;

import java.util.OptionalInt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sponge lineage}. */
@Command(
    name = "lineage",
    description = "Show a policy's parents, its base policies and where it was reincarnated.")
final class LineageCommand extends ToolCommand {
  @Option(
      names = "--policy",
      paramLabel = "V",
      description = "policy version (default: the newest)")
  private Integer policy;

  @Override
  int call(Tools tools, StageContext context) {
    return tools.lineage(context, policy == null ? OptionalInt.empty() : OptionalInt.of(policy));
  }
}
