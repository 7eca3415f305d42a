package dev.sponge.jobs.loop;

import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.LakeTable;
import dev.sponge.jobs.table.Lakehouse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** A copy of the reference's work directory, to be damaged. */
final class LakeCopy {
  private final Path work;
  private final Lakehouse lake;

  private LakeCopy(Path work) {
    this.work = work;
    this.lake = TinyRun.open(work).lakehouse();
  }

  /** Copies tables and checkpoints; the policies still name the checkpoints of the reference. */
  static LakeCopy in(Path directory) throws IOException {
    RunContext reference = TinyRun.reference();
    for (String part : List.of("tables", "checkpoints")) {
      Path from = reference.work().resolve(part);
      try (Stream<Path> files = Files.walk(from)) {
        for (Path file : files.sorted().toList()) {
          Path to = directory.resolve(part).resolve(from.relativize(file).toString());
          if (Files.isDirectory(file)) {
            Files.createDirectories(to);
          } else {
            Files.copy(file, to);
          }
        }
      }
    }
    return new LakeCopy(directory);
  }

  /** Lets the policies name the copied checkpoints. */
  LakeCopy withItsOwnCheckpoints() {
    String from = TinyRun.reference().lakehouse().root();
    change(
        "policies",
        "UPDATE %s SET checkpoint_uri = replace(checkpoint_uri, '" + from + "', '%s')",
        lake.root());
    return this;
  }

  Path work() {
    return work;
  }

  Lakehouse lake() {
    return lake;
  }

  Dataset<Row> rows(String table) {
    return table(table).dataset();
  }

  /** Appends rows as any writer may. */
  void append(String table, Dataset<Row> rows) {
    rows.write().format("delta").mode("append").save(table(table).path());
  }

  /** What an append-only table forbids. */
  void change(String table, String statement, Object... more) {
    String name = "delta.`" + table(table).path() + "`";
    protect(name, false);
    Object[] values = new Object[more.length + 1];
    values[0] = name;
    System.arraycopy(more, 0, values, 1, more.length);
    lake.spark().sql(statement.formatted(values));
    protect(name, true);
  }

  private void protect(String name, boolean appendOnly) {
    lake.spark()
        .sql(
            "ALTER TABLE %s SET TBLPROPERTIES ('delta.appendOnly' = '%s')"
                .formatted(name, appendOnly));
  }

  private LakeTable<?> table(String name) {
    return lake.tables().stream().filter(t -> t.name().equals(name)).findFirst().orElseThrow();
  }

  /** Files of a table whose path contains a text, data files first by name. */
  List<Path> files(String table, String text) throws IOException {
    try (Stream<Path> files = Files.walk(work.resolve("tables").resolve(table))) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> file.toString().contains(text))
          .filter(file -> !file.getFileName().toString().startsWith("."))
          .sorted()
          .toList();
    }
  }

  /** The directory of a version's checkpoint in the copy. */
  Path checkpoint(int version) throws IOException {
    try (Stream<Path> files = Files.list(work.resolve("checkpoints").resolve(TinyRun.RUN))) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("v%06d-".formatted(version)))
          .findFirst()
          .orElseThrow();
    }
  }
}
