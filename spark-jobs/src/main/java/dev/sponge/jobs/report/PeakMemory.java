package dev.sponge.jobs.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** Peak resident memory of this process. */
public final class PeakMemory {
  private PeakMemory() {}

  /** Bytes, or nothing on a system without {@code /proc} (any but Linux). */
  public static OptionalLong rssBytes() {
    try {
      return parse(Files.readAllLines(Path.of("/proc/self/status")));
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  /** Reads the line {@code VmHWM: 123 kB}. */
  static OptionalLong parse(List<String> status) {
    return status.stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
        .findFirst();
  }
}
