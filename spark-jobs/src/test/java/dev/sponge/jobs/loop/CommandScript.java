package dev.sponge.jobs.loop;

import dev.sponge.jobs.cli.Sponge;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Several command lines one after another in a JVM of their own: every command starts and stops a
 * Spark session, which would take the one that the other tests share.
 */
final class CommandScript {
  private static final String SEPARATOR = "\t";

  /** What one command line did. */
  record Result(String command, int code, String out, String err) {}

  private final Path directory;
  private final List<String> jvmFlags;
  private final List<String> lines = new ArrayList<>();

  /**
   * @param directory for the script and its results
   */
  CommandScript(Path directory) {
    this(directory, List.of());
  }

  /**
   * @param jvmFlags further flags of the JVM
   */
  CommandScript(Path directory, List<String> jvmFlags) {
    this.directory = directory;
    this.jvmFlags = jvmFlags;
  }

  /**
   * Adds a command line.
   *
   * @return its index in the results
   */
  int add(String... args) {
    lines.add(String.join(SEPARATOR, args));
    return lines.size() - 1;
  }

  List<Result> run() throws Exception {
    Path script = Files.write(directory.resolve("script"), lines);
    Process process =
        ChildJvm.start(directory, flags(), Map.of(), CommandScript.class, script.toString());
    int code = ChildJvm.exitCode(process, directory);
    if (code != 0) {
      throw new AssertionError(Files.readString(directory.resolve("err")));
    }
    List<Result> results = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      results.add(
          new Result(
              lines.get(i).replace(SEPARATOR, " "),
              Integer.parseInt(Files.readString(directory.resolve(i + ".code"))),
              Files.readString(directory.resolve(i + ".out")),
              Files.readString(directory.resolve(i + ".err"))));
    }
    return results;
  }

  private List<String> flags() {
    List<String> flags = new ArrayList<>(jvmFlags);
    flags.add("-Dsponge.home=..");
    return flags;
  }

  public static void main(String[] args) throws IOException {
    Path script = Path.of(args[0]);
    List<String> lines = Files.readAllLines(script);
    for (int i = 0; i < lines.size(); i++) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ByteArrayOutputStream err = new ByteArrayOutputStream();
      int code =
          Sponge.execute(lines.get(i).split(SEPARATOR), SparkStages::new, stream(out), stream(err));
      Files.writeString(script.resolveSibling(i + ".code"), "" + code);
      Files.write(script.resolveSibling(i + ".out"), out.toByteArray());
      Files.write(script.resolveSibling(i + ".err"), err.toByteArray());
    }
    System.exit(0);
  }

  private static PrintStream stream(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }
}
