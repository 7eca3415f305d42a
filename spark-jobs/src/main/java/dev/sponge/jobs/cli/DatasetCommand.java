package dev.sponge.jobs.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sponge dataset}: what is done with prompts, apart from training on them. */
@Command(
    name = "dataset",
    description = "Bring problems into the prompts table and look after them.",
    mixinStandardHelpOptions = true,
    versionProvider = Sponge.Version.class,
    subcommands = {DatasetImportCommand.class})
final class DatasetCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "No command given");
  }
}
