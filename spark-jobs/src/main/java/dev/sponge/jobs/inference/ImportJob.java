package dev.sponge.jobs.inference;

import dev.sponge.rl.gguf.GgufImport;
import java.nio.file.Path;
import java.util.Locale;

/** A GGUF file becomes a Hugging Face model directory. */
public final class ImportJob {
  private ImportJob() {}

  /**
   * @param force replace the model in the directory
   * @return one line that says what was imported
   * @throws dev.sponge.rl.UserError when file or directory cannot be used
   */
  public static String run(Path file, Path directory, boolean force) {
    long start = System.nanoTime();
    GgufImport.Report report = GgufImport.run(file, directory, force);
    return String.format(
        Locale.ROOT,
        "%s: %s, %d layers, %.1f M parameters from %s, in %.1f s",
        directory,
        report.architecture(),
        report.layers(),
        report.parameters() / 1e6,
        String.join(", ", report.types()),
        (System.nanoTime() - start) / 1e9);
  }
}
