package dev.sponge.jobs.cli;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.inference.ImportJob;
import dev.sponge.rl.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The flags of commands that use one model directory and no tables. */
final class ModelOptions {
  @Option(
      names = "--model",
      paramLabel = "DIR",
      required = true,
      description = "Hugging Face model directory")
  private Path model;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "set one key, such as engine.threads=2; repeatable")
  private List<String> assignments = new ArrayList<>();

  @Option(names = "--device", paramLabel = "NAME", description = "engine.device: cpu or gpu")
  private String device;

  @Option(names = "--dtype", paramLabel = "NAME", description = "engine.dtype: number type")
  private String dtype;

  Path model() {
    checkDirectory("--model", model.toString());
    return model;
  }

  SpongeConfig load() {
    Map<String, String> overrides = new LinkedHashMap<>();
    CommonOptions.assign(assignments, overrides);
    CommonOptions.put(overrides, "engine.device", device);
    CommonOptions.put(overrides, "engine.dtype", dtype);
    return SpongeConfig.load(Optional.empty(), overrides);
  }

  /**
   * @param source the flag or key that names the directory
   * @throws UserError when it is no complete model directory
   */
  static void checkDirectory(String source, String dir) {
    Path directory = Path.of(dir);
    String named = source + " " + dir;
    if (!Files.isDirectory(directory)) {
      throw new UserError(named + " is no directory; give a Hugging Face model directory.");
    }
    ImportJob.missingFiles(directory).stream()
        .findFirst()
        .ifPresent(
            file -> {
              throw new UserError(
                  named + " lacks " + file + "; give a complete Hugging Face model directory.");
            });
  }
}
