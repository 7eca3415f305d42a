package dev.sponge.jobs.cli;

import dev.sponge.jobs.inference.ImportJob;
import dev.sponge.jobs.report.Console;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code sponge import}. */
@Command(
    name = "import",
    description = "Turn a GGUF file of llama.cpp into a Hugging Face model directory.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Sponge.Version.class)
final class ImportCommand implements Callable<Integer> {
  @ParentCommand private Sponge sponge;

  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description =
          "GGUF file of a llama, qwen2 or qwen3 model in F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0,"
              + " Q5_1, Q4_K, Q5_K or Q6_K")
  private Path file;

  @Parameters(
      index = "1",
      paramLabel = "DIR",
      description = "directory to write, empty or absent; its weights are float32")
  private Path directory;

  @Option(
      names = "--force",
      description = "replace the model in DIR; other files in it stay as they are")
  private boolean force;

  @Override
  public Integer call() {
    long start = System.nanoTime();
    ImportJob.Report report = ImportJob.run(file, directory, force);
    Console.on(sponge.out(), false)
        .result(
            String.format(
                Locale.ROOT,
                "%s: %s, %d layers, %.1f M parameters from %s, in %.1f s",
                directory,
                report.architecture(),
                report.layers(),
                report.parameters() / 1e6,
                String.join(", ", report.types()),
                (System.nanoTime() - start) / 1e9));
    return Sponge.DONE;
  }
}
