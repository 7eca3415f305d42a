package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A process of its own with the classpath of the tests. */
final class ChildJvm {
  private static final int SECONDS = 240;

  private ChildJvm() {}

  /** Starts a main class; what it prints goes to files {@code out} and {@code err}. */
  static Process start(
      Path directory,
      List<String> jvmFlags,
      Map<String, String> environment,
      Class<?> main,
      String... args)
      throws IOException {
    Files.createDirectories(directory);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(inherited());
    command.add("-Xmx900m");
    command.addAll(jvmFlags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(args));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectError(directory.resolve("err").toFile())
            .redirectOutput(directory.resolve("out").toFile());
    builder.environment().putAll(environment);
    return builder.start();
  }

  /** The flags that Spark needs, as this JVM has them. */
  static List<String> inherited() {
    List<String> flags = new ArrayList<>(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (flag.startsWith("--add-opens")
          || flag.startsWith("-Djdk.")
          || flag.startsWith("-Dio.netty")
          || flag.startsWith("-Duser.timezone")
          || flag.startsWith("-Dai.djl")) {
        flags.add(flag);
      }
    }
    return flags;
  }

  static int exitCode(Process process, Path directory) throws Exception {
    try {
      assertThat(process.waitFor(SECONDS, TimeUnit.SECONDS))
          .as("it ends; its stderr: %s", Files.readString(directory.resolve("err")))
          .isTrue();
      return process.exitValue();
    } finally {
      process.destroyForcibly();
    }
  }
}
