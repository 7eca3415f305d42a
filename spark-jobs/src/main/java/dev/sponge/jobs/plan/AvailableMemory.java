package dev.sponge.jobs.plan;

import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many bytes this machine, or the container around it, gives to a process. */
final class AvailableMemory {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,6})?)([kmgt]?)b?");
  private static final List<Path> LIMITS =
      List.of(
          Path.of("/sys/fs/cgroup/memory.max"),
          Path.of("/sys/fs/cgroup/memory/memory.limit_in_bytes"));

  private AvailableMemory() {}

  /** Physical memory or the limit of the control group, or nothing on a system that is no Linux. */
  static OptionalLong ofThisMachine() {
    OptionalLong physical = physical(read(Path.of("/proc/meminfo")));
    OptionalLong smallest = physical;
    for (Path file : LIMITS) {
      OptionalLong limit = limit(read(file));
      if (limit.isPresent() && limit.getAsLong() < smallest.orElse(Long.MAX_VALUE)) {
        smallest = limit;
      }
    }
    return smallest;
  }

  /** Reads the line {@code MemTotal: 123 kB}. */
  static OptionalLong physical(List<String> meminfo) {
    return meminfo.stream()
        .filter(line -> line.startsWith("MemTotal:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
        .findFirst();
  }

  /** A number of bytes; {@code max} is no limit. */
  static OptionalLong limit(List<String> lines) {
    if (lines.isEmpty() || !lines.get(0).strip().matches("\\d{1,18}")) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(Long.parseLong(lines.get(0).strip()));
  }

  /**
   * Reads a size such as {@code 24g}.
   *
   * @throws UserError when it is none
   */
  static long parse(String text) {
    Matcher matcher = SIZE.matcher(text.strip().toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new UserError("--memory " + text + " is no size; write one such as 24g or 800m.");
    }
    int power = 10 * (1 + "kmgt".indexOf(matcher.group(2)));
    if (matcher.group(2).isEmpty()) {
      power = 0;
    }
    return (long) (Double.parseDouble(matcher.group(1)) * Math.pow(2, power));
  }

  private static List<String> read(Path file) {
    try {
      return Files.isRegularFile(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      return List.of();
    }
  }
}
