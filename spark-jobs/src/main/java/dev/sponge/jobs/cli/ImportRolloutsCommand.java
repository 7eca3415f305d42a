package dev.sponge.jobs.cli;

import dev.sponge.jobs.cli.Tools.ImportFormat;
import dev.sponge.jobs.cli.Tools.RolloutImport;
import dev.sponge.jobs.inference.ModelDirectory;
import dev.sponge.rl.UserError;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sponge import-rollouts}. */
@Command(
    name = "import-rollouts",
    description = "Take rollouts of verl, TRL or another Sponge as a run of their own.")
final class ImportRolloutsCommand extends ToolCommand {
  @Parameters(index = "0", paramLabel = "PATH", description = "file or directory of rollouts")
  private String path;

  @Option(
      names = "--format",
      paramLabel = "NAME",
      required = true,
      description = "${COMPLETION-CANDIDATES}")
  private ImportFormat format;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description =
          "model that sampled them; tokenises and scores what has no token ids or log-probs")
  private Path model;

  @Option(
      names = "--reward",
      paramLabel = "COLUMN",
      description = "reward column of TRL's log (default: the only one there is)")
  private String reward;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "of the sampler, where the log does not tell it (default: 1)")
  private Double temperature;

  @Override
  boolean beginsWork() {
    return true;
  }

  @Override
  int call(Tools tools, StageContext context) {
    if (model != null) {
      ModelDirectory.check("--model", model.toString());
    }
    if (temperature != null && !(temperature > 0 && temperature <= 100)) {
      throw new UserError("--temperature " + temperature + " must be above 0 and at most 100.");
    }
    return tools.importRollouts(
        context,
        new RolloutImport(
            format,
            path,
            Optional.ofNullable(model),
            Optional.ofNullable(reward),
            temperature == null ? OptionalDouble.empty() : OptionalDouble.of(temperature)));
  }
}
