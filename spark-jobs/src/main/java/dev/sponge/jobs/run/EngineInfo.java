package dev.sponge.jobs.run;

import ai.djl.engine.Engine;
import dev.sponge.jobs.config.EngineConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names what the bytes of a result depend on beside its inputs. */
public final class EngineInfo {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  private static final Pattern WORKERS = Pattern.compile("threads x (\\d+) workers");

  private EngineInfo() {}

  /** CPU model, threads, workers, dtype and library versions of this process. */
  public static String describe(EngineConfig engine, int workers) {
    return "%s; %d threads x %d workers; %s; libtorch %s; java %s"
        .formatted(
            cpuModel(),
            engine.threads(),
            workers,
            engine.dtype().label(),
            Engine.getInstance().getVersion(),
            Runtime.version());
  }

  /** The workers of {@link #describe}; empty for a text of another form. */
  public static OptionalInt workers(String description) {
    Matcher matcher = WORKERS.matcher(description);
    return matcher.find()
        ? OptionalInt.of(Integer.parseInt(matcher.group(1)))
        : OptionalInt.empty();
  }

  private static String cpuModel() {
    try {
      return Files.readAllLines(CPU_INFO).stream()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
  }
}
