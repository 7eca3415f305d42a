package dev.sponge.rl.model;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * {@code manifest.json} of a checkpoint: size and SHA-256 of every file, written after all of them.
 * A directory without it does not exist as a checkpoint, so an interrupted writer leaves nothing
 * that looks whole.
 *
 * <p>Hidden files (name begins with a dot, such as checksum files of Hadoop) are not part of a
 * checkpoint, and neither are files that somebody adds later.
 *
 * @param files path relative to the directory, with {@code /}, to its entry; sorted
 */
public record Manifest(Map<String, Entry> files) {
  /** Name of the file in a checkpoint directory. */
  public static final String FILE_NAME = "manifest.json";

  private static final int FORMAT = 1;

  /**
   * One file.
   *
   * @param size bytes
   * @param sha256 lower-case hex of the content
   */
  public record Entry(long size, String sha256) {}

  /** Keeps a sorted, unmodifiable copy. */
  public Manifest {
    files = Collections.unmodifiableMap(new TreeMap<>(files));
  }

  /** Whether the directory counts as a checkpoint; says nothing about damage. */
  public static boolean exists(Path dir) {
    return Files.isRegularFile(dir.resolve(FILE_NAME));
  }

  /**
   * Describes all files below the directory, subdirectories included, and writes the manifest
   * atomically. Call it last.
   *
   * @throws SpongeException when a file cannot be read or the manifest not be written
   */
  public static Manifest write(Path dir) {
    Map<String, Entry> entries = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(dir)) {
      for (Path path : (Iterable<Path>) paths.filter(Files::isRegularFile)::iterator) {
        String name = relativeName(dir, path);
        if (!name.equals(FILE_NAME) && !isHidden(name)) {
          entries.put(name, new Entry(Files.size(path), Sha256.ofFile(path)));
        }
      }
    } catch (IOException | UncheckedIOException e) {
      throw new SpongeException("cannot describe the files of " + dir + ": " + e, e);
    }
    Manifest manifest = new Manifest(entries);
    AtomicFiles.writeString(dir.resolve(FILE_NAME), manifest.toJson());
    return manifest;
  }

  /**
   * Reads the manifest without looking at the files.
   *
   * @throws SpongeException when the directory has none (no checkpoint) or it is broken
   */
  public static Manifest read(Path dir) {
    if (!exists(dir)) {
      throw new SpongeException(
          dir + " has no " + FILE_NAME + ": it is no complete checkpoint; use another version");
    }
    Path file = dir.resolve(FILE_NAME);
    try {
      return parse(Json.readObject(file));
    } catch (UserError
        | IllegalStateException
        | ClassCastException
        | UnsupportedOperationException
        | NumberFormatException e) {
      throw new SpongeException(
          "checkpoint " + dir + " is damaged: " + FILE_NAME + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads the manifest and compares every file it lists, size first.
   *
   * @return the manifest
   * @throws SpongeException when the directory is no checkpoint, or a file is missing or changed;
   *     the message names the first such file
   */
  public static Manifest verify(Path dir) {
    Manifest manifest = read(dir);
    manifest.files.forEach((name, entry) -> verifyFile(dir, name, entry));
    return manifest;
  }

  /**
   * Takes the files of a subdirectory out of the manifest, atomically, so that they may be removed.
   *
   * @param subdirectory its name, without a slash
   * @return the manifest of what remains
   */
  public static Manifest forget(Path dir, String subdirectory) {
    Map<String, Entry> entries = new TreeMap<>(read(dir).files);
    entries.keySet().removeIf(name -> name.startsWith(subdirectory + "/"));
    Manifest manifest = new Manifest(entries);
    AtomicFiles.writeString(dir.resolve(FILE_NAME), manifest.toJson());
    return manifest;
  }

  private static void verifyFile(Path dir, String name, Entry expected) {
    Path file = dir.resolve(name);
    if (!Files.isRegularFile(file)) {
      throw damaged(dir, name, "is missing");
    }
    try {
      long size = Files.size(file);
      if (size != expected.size()) {
        throw damaged(dir, name, "has " + size + " bytes instead of " + expected.size());
      }
      String sha256 = Sha256.ofFile(file);
      if (!sha256.equals(expected.sha256())) {
        throw damaged(dir, name, "has sha256 " + sha256 + " instead of " + expected.sha256());
      }
    } catch (IOException e) {
      throw new SpongeException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static SpongeException damaged(Path dir, String name, String cause) {
    return new SpongeException(
        "checkpoint "
            + dir
            + " is damaged: "
            + name
            + " "
            + cause
            + "; restore it or go back a version");
  }

  private static Manifest parse(JsonObject json) {
    JsonElement format = json.get("format");
    if (format == null || format.getAsInt() != FORMAT || !json.has("files")) {
      throw new IllegalStateException("it is not of format " + FORMAT);
    }
    Map<String, Entry> entries = new TreeMap<>();
    json.getAsJsonObject("files")
        .entrySet()
        .forEach(
            file -> {
              checkInside(file.getKey());
              JsonObject entry = file.getValue().getAsJsonObject();
              if (!entry.has("size") || !entry.has("sha256")) {
                throw new IllegalStateException(file.getKey() + " lacks size or sha256");
              }
              entries.put(
                  file.getKey(),
                  new Entry(entry.get("size").getAsLong(), entry.get("sha256").getAsString()));
            });
    return new Manifest(entries);
  }

  /** A manifest from elsewhere must not make a copy tool read or write outside the directory. */
  private static void checkInside(String name) {
    try {
      Path path = Path.of(name);
      if (path.isAbsolute()
          || name.isEmpty()
          || !path.normalize().equals(path)
          || path.startsWith("..")) {
        throw new IllegalStateException(name + " is no path inside the directory");
      }
    } catch (InvalidPathException e) {
      throw new IllegalStateException(name + " is no path", e);
    }
  }

  private String toJson() {
    JsonObject entries = new JsonObject();
    files.forEach(
        (name, entry) -> {
          JsonObject value = new JsonObject();
          value.addProperty("size", entry.size());
          value.addProperty("sha256", entry.sha256());
          entries.add(name, value);
        });
    JsonObject json = new JsonObject();
    json.addProperty("format", FORMAT);
    json.add("files", entries);
    return new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(json) + "\n";
  }

  private static String relativeName(Path dir, Path file) {
    return dir.relativize(file).toString().replace('\\', '/');
  }

  private static boolean isHidden(String name) {
    return name.startsWith(".") || name.contains("/.");
  }
}
