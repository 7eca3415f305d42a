package dev.sponge.rl.gguf;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The directory that an import fills. All is written to a hidden folder inside it and moved when it
 * is complete, {@code config.json} last, so that a failure leaves what was there before.
 */
final class ImportTarget implements AutoCloseable {
  private static final String CONFIG = "config.json";
  private static final Set<String> MODEL_FILES =
      Set.of(
          CONFIG,
          "generation_config.json",
          "model.safetensors.index.json",
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab.json",
          "merges.txt",
          "tokenizer.model",
          "chat_template.jinja",
          "manifest.json");
  private static final String STAGING = ".import-";
  private static final String WEIGHTS = "model.*\\.safetensors";
  private static final Gson GSON =
      new GsonBuilder().serializeNulls().disableHtmlEscaping().setPrettyPrinting().create();

  private final Path dir;
  private final boolean existed;
  private final Path staging;

  private ImportTarget(Path dir, boolean existed) {
    this.dir = dir;
    this.existed = existed;
    this.staging = dir.resolve(STAGING + UUID.randomUUID());
  }

  /**
   * Prepares a directory.
   *
   * @param replace take a directory that is not empty; the files of a model in it are replaced when
   *     the new ones are complete, others stay
   * @throws UserError when it is a file, or not empty and {@code replace} is false
   */
  static ImportTarget open(Path dir, boolean replace) {
    boolean exists = Files.exists(dir);
    if (exists && !Files.isDirectory(dir)) {
      throw new UserError(dir + " is not a directory; name one that is empty or does not exist");
    }
    try {
      if (exists && !replace && !entries(dir).isEmpty()) {
        throw new UserError(
            dir
                + " is not empty; name another directory, or add --force to replace the model in it");
      }
      ImportTarget target = new ImportTarget(dir, exists);
      Files.createDirectories(target.staging);
      return target;
    } catch (IOException e) {
      throw failed(dir, e);
    }
  }

  /** Where the files of the model are written. */
  Path staging() {
    return staging;
  }

  void write(String name, JsonObject json) {
    try {
      Files.writeString(staging.resolve(name), GSON.toJson(json) + "\n");
    } catch (IOException e) {
      throw failed(dir, e);
    }
  }

  /** Moves the files to their place. */
  void complete() {
    try {
      Files.deleteIfExists(dir.resolve(CONFIG));
      for (Path old : entries(dir)) {
        String name = old.getFileName().toString();
        if (MODEL_FILES.contains(name) || name.matches(WEIGHTS)) {
          Files.delete(old);
        } else if (name.startsWith(STAGING) && !old.equals(staging)) {
          // An import that was killed.
          deleteFolder(old);
        }
      }
      List<Path> files = new ArrayList<>(entries(staging));
      files.sort(Comparator.comparing(file -> file.getFileName().toString().equals(CONFIG)));
      for (Path file : files) {
        Files.move(file, dir.resolve(file.getFileName()));
      }
    } catch (IOException e) {
      throw failed(dir, e);
    }
  }

  /** Removes what is not part of a complete model. */
  @Override
  public void close() {
    try {
      deleteFolder(staging);
      if (!existed && entries(dir).isEmpty()) {
        Files.delete(dir);
      }
    } catch (IOException e) {
      throw failed(dir, e);
    }
  }

  private static void deleteFolder(Path folder) throws IOException {
    for (Path file : entries(folder)) {
      Files.delete(file);
    }
    Files.delete(folder);
  }

  private static List<Path> entries(Path dir) throws IOException {
    try (Stream<Path> entries = Files.list(dir)) {
      return entries.sorted().toList();
    }
  }

  private static SpongeException failed(Path dir, IOException e) {
    return new SpongeException("cannot write to " + dir + ": " + e, e);
  }
}
