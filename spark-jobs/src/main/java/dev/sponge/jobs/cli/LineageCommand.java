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

  @Option(names = "--json", description = "print every field as JSON")
  private boolean json;

  @Override
  int call(Tools tools, StageContext context) {
    OptionalInt version = policy == null ? OptionalInt.empty() : OptionalInt.of(policy);
    return tools.lineage(context, version, json);
  }
}
