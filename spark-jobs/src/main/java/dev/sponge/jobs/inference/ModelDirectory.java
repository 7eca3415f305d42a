package dev.sponge.jobs.inference;

import dev.sponge.rl.UserError;
import dev.sponge.rl.model.ModelFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A first look at a model directory, before anything is loaded. */
public final class ModelDirectory {
  private ModelDirectory() {}

  /**
   * @param source the flag or key that names the directory
   * @throws UserError when it is no complete model directory
   */
  public static void check(String source, String dir) {
    Path directory = Path.of(dir);
    String named = source + " " + dir;
    if (!Files.isDirectory(directory)) {
      throw new UserError(named + " is no directory; give a Hugging Face model directory.");
    }
    for (String file : List.of("config.json", ModelFiles.FILE_NAME, "tokenizer.json")) {
      boolean there =
          file.equals(ModelFiles.FILE_NAME)
              ? ModelFiles.exist(directory)
              : Files.isRegularFile(directory.resolve(file));
      if (!there) {
        throw new UserError(
            named + " lacks " + file + "; give a complete Hugging Face model directory.");
      }
    }
  }
}
