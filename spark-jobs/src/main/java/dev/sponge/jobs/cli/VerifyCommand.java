package dev.sponge.jobs.cli;

import dev.sponge.jobs.verify.VerifyPairs;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code sponge verify}. */
@Command(
    name = "verify",
    description = "Judge pairs of gold answers and answers with the math verifier.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Sponge.Version.class)
final class VerifyCommand implements Callable<Integer> {
  @ParentCommand private Sponge sponge;

  @Option(
      names = "--input",
      paramLabel = "FILE",
      required = true,
      description =
          "lines of {\"gold\":\"...\",\"answer\":\"...\"}; gold may be an array of accepted answers,"
              + " and \"response\" in place of \"answer\" a text to find the answer in; - reads"
              + " standard input")
  private String input;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      required = true,
      description =
          "lines of {\"outcome\",\"method\",\"equal\"} in the same order; - writes standard output")
  private String output;

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      defaultValue = "reward",
      description = "rules: reward, math-verify or deepscaler (default: ${DEFAULT-VALUE})")
  private String preset;

  @Override
  public Integer call() {
    long start = System.nanoTime();
    VerifyPairs.Counts counts = new VerifyPairs(preset).run(input, output, System.in, sponge.out());
    sponge.out().flush();
    sponge
        .err()
        .println("%s; %.1f s".formatted(counts.sentence(), (System.nanoTime() - start) / 1e9));
    return Sponge.DONE;
  }
}
