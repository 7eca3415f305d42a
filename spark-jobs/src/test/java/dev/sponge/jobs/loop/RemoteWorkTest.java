package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.loop.CommandScript.Result;
import dev.sponge.jobs.table.Lakehouse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables and checkpoints on a file system that is not the local one, through the command line. */
class RemoteWorkTest {
  @TempDir Path directory;

  /** Command lines of a process that knows the file system. */
  private CommandScript script(String name) throws IOException {
    return new CommandScript(
        Files.createDirectories(directory.resolve(name)), FaultyFileSystem.jvmFlags());
  }

  @Test
  void aRunIsBegunByOneMachineAndGoesOnOnAnother() throws Exception {
    String root = FaultyFileSystem.SCHEME + "://" + directory.resolve("lake");
    Path config = TinyRun.configFile(directory);
    Path first = directory.resolve("first");
    CommandScript begun = script("process1");
    for (String command : List.of("prepare", "bootstrap", "evaluate", "rollout", "train")) {
      add(begun, root, first, command, "--config", config.toString());
    }
    begun.run().forEach(RemoteWorkTest::assertDone);
    assertThat(names(first)).contains("logs", "cache").doesNotContain("tables", "checkpoints");
    assertThat(names(directory.resolve("lake"))).contains("tables", "checkpoints", "tokenizer");

    Path second = directory.resolve("second");
    CommandScript resumed = script("process2");
    add(resumed, root, second, "run", "--config", config.toString());
    add(resumed, root, second, "migrate");
    add(resumed, root + "-of-nobody", second, "lineage");
    add(resumed, "nosuch://host/dir", second, "sql", "select 1");
    List<Result> results = resumed.run();
    assertDone(results.get(0));
    assertThat(names(second)).contains("summary.json");
    assertThat(results.get(1).out()).contains("nothing to do");
    assertRefused(results.get(2), "lake-of-nobody holds no tables");
    assertThat(directory.resolve("lake-of-nobody")).doesNotExist();
    assertRefused(results.get(3), "nosuch://host/dir cannot be reached", "SPONGE_CLASSPATH");

    FaultyFileSystem.root(TinyRun.spark().sparkContext().hadoopConfiguration(), directory);
    Contents.assertEqual(
        Contents.of(Lakehouse.open(TinyRun.spark(), root), TinyRun.RUN),
        Contents.of(TinyRun.reference().lakehouse(), TinyRun.RUN));
  }

  private static void add(CommandScript script, String root, Path local, String... command) {
    List<String> line = new ArrayList<>(List.of(command));
    line.addAll(List.of("--work", root, "--local", local.toString()));
    script.add(line.toArray(String[]::new));
  }

  private static void assertDone(Result result) {
    assertThat(result.code()).as(result.toString()).isZero();
  }

  private static void assertRefused(Result result, String... sentences) {
    assertThat(result.code()).as(result.toString()).isEqualTo(2);
    assertThat(result.err()).startsWith("sponge: ").contains(sentences).hasLineCount(1);
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
