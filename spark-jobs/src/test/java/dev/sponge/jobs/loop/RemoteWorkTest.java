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

/** Tables and checkpoints on a store that cannot rename, through the command line. */
class RemoteWorkTest {
  @TempDir Path directory;

  @Test
  void aRunIsBegunByOneMachineAndGoesOnOnAnother() throws Exception {
    String root = RenamelessFileSystem.SCHEME + "://" + directory.resolve("lake");
    String config = TinyRun.configFile(directory).toString();
    Path first = directory.resolve("first");
    Path second = directory.resolve("second");
    CommandScript script = new CommandScript(directory, RenamelessFileSystem.jvmFlags());
    add(script, root, first, "prepare", "--config", config);
    add(script, root, first, "bootstrap", "--config", config);
    add(script, root, second, "run", "--config", config);
    int migrated = add(script, root, second, "migrate");
    int nobodys = add(script, root + "-of-nobody", second, "lineage");
    int unknown = add(script, "nosuch://host/dir", second, "sql", "select 1");

    List<Result> results = script.run();

    results.subList(0, nobodys).forEach(r -> assertThat(r.code()).as(r.toString()).isZero());
    assertThat(results.get(migrated).out()).contains("nothing to do");
    assertRefused(results.get(nobodys), "lake-of-nobody holds no tables");
    assertThat(directory.resolve("lake-of-nobody")).doesNotExist();
    assertRefused(results.get(unknown), "nosuch://host/dir cannot be reached", "SPONGE_CLASSPATH");

    assertThat(names(first)).contains("cache").doesNotContain("tables", "checkpoints");
    assertThat(names(second)).contains("summary.json").doesNotContain("tables", "checkpoints");
    assertThat(names(directory.resolve("lake"))).contains("tables", "checkpoints", "tokenizer");
    RenamelessFileSystem.root(TinyRun.spark().sparkContext().hadoopConfiguration(), directory);
    Contents.assertEqual(
        Contents.of(Lakehouse.open(TinyRun.spark(), root), TinyRun.RUN),
        Contents.of(TinyRun.reference().lakehouse(), TinyRun.RUN));
  }

  private static int add(CommandScript script, String root, Path local, String... command) {
    List<String> line = new ArrayList<>(List.of(command));
    line.addAll(List.of("--work", root, "--local", local.toString()));
    return script.add(line.toArray(String[]::new));
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
