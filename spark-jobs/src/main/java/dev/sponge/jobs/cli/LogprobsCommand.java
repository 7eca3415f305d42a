package dev.sponge.jobs.cli;

import dev.sponge.jobs.inference.LogprobsJob;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sponge logprobs}. */
@Command(
    name = "logprobs",
    description = "Score token ids under a model: JSON arrays of ids in, of log-probs out.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Sponge.Version.class)
final class LogprobsCommand implements Callable<Integer> {
  @Mixin private ModelOptions options;

  @Option(
      names = "--input",
      paramLabel = "FILE",
      required = true,
      description = "a JSON array of token ids a line")
  private Path input;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      required = true,
      description = "a JSON array a line: the log-prob of every id after the first")
  private Path output;

  @Override
  public Integer call() {
    new LogprobsJob(options.model(), options.load().engine()).run(input, output);
    return Sponge.DONE;
  }
}
