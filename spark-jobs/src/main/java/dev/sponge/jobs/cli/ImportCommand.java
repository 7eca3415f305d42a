package dev.sponge.jobs.cli;

import dev.sponge.jobs.inference.ImportJob;
import dev.sponge.jobs.report.Console;
import java.nio.file.Path;
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
    Console.on(sponge.out(), false).result(ImportJob.run(file, directory, force));
    return Sponge.DONE;
  }
}
