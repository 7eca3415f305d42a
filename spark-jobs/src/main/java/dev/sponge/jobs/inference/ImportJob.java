package dev.sponge.jobs.inference;

import dev.sponge.rl.gguf.GgufImport;
import dev.sponge.rl.model.ModelFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Model directories as commands find and make them. */
public final class ImportJob {
  private ImportJob() {}

  /**
   * What was imported.
   *
   * @param types of the file's tensors
   */
  public record Report(String architecture, int layers, long parameters, List<String> types) {}

  /**
   * Turns a GGUF file into a model directory: {@link GgufImport#run}.
   *
   * @throws dev.sponge.rl.UserError when the file cannot be used or the directory is not empty
   */
  public static Report run(Path file, Path directory, boolean force) {
    GgufImport.Report report = GgufImport.run(file, directory, force);
    return new Report(report.architecture(), report.layers(), report.parameters(), report.types());
  }

  /** The files that a complete model directory lacks, by their usual names. */
  public static List<String> missingFiles(Path directory) {
    return List.of("config.json", ModelFiles.FILE_NAME, "tokenizer.json").stream()
        .filter(
            file ->
                file.equals(ModelFiles.FILE_NAME)
                    ? !ModelFiles.exist(directory)
                    : !Files.isRegularFile(directory.resolve(file)))
        .toList();
  }
}
