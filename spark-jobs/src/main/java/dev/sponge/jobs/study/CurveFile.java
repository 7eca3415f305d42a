package dev.sponge.jobs.study;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The curves of all finished runs, a JSON object a line, sorted. A study goes on from it. */
final class CurveFile {
  static final String NAME = "curves.jsonl";
  private static final Gson GSON =
      new GsonBuilder()
          .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
          .disableHtmlEscaping()
          .create();

  private final Path file;
  private final List<Curve> curves = new ArrayList<>();

  private CurveFile(Path file) {
    this.file = file;
  }

  /**
   * Reads what is there.
   *
   * @param directory made when it does not exist
   * @throws UserError when a line is no curve
   */
  static CurveFile open(Path directory) {
    CurveFile result = new CurveFile(directory.resolve(NAME));
    try {
      Files.createDirectories(directory);
      if (Files.exists(result.file)) {
        int number = 0;
        for (String line : Files.readAllLines(result.file)) {
          number++;
          result.curves.add(parse(line, result.file + ":" + number));
        }
      }
      return result;
    } catch (IOException e) {
      throw new UserError("The curves in " + result.file + " cannot be read: " + e, e);
    }
  }

  private static Curve parse(String line, String where) {
    try {
      Curve curve = GSON.fromJson(line, Curve.class);
      if (curve != null && curve.variant() != null && !curve.points().isEmpty()) {
        return curve;
      }
    } catch (RuntimeException e) { // a record whose constructor refuses what was read
      throw new UserError(
          where + " is no curve of a study (" + e.getMessage() + "); remove the line", e);
    }
    throw new UserError(where + " is no curve of a study; remove the line");
  }

  /** The curve of a run with exactly this configuration. */
  synchronized Optional<Curve> find(String variant, int seed, String configSha256) {
    return curves.stream()
        .filter(c -> c.variant().equals(variant) && c.seed() == seed)
        .filter(c -> c.configSha256().equals(configSha256))
        .findFirst();
  }

  /** Adds a curve, in place of an older one of the same variant and seed. */
  synchronized void put(Curve curve) {
    curves.removeIf(c -> c.variant().equals(curve.variant()) && c.seed() == curve.seed());
    curves.add(curve);
    curves.sort(Comparator.comparing(Curve::variant).thenComparing(Curve::seed));
    StringBuilder text = new StringBuilder();
    curves.forEach(c -> text.append(GSON.toJson(c)).append('\n'));
    Path temporary = file.resolveSibling(NAME + ".tmp");
    try {
      Files.writeString(temporary, text);
      Files.move(
          temporary, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new SpongeException("The curves cannot be written to " + file + ": " + e, e);
    }
  }
}
