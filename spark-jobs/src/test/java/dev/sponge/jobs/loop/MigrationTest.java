package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Policy;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables as the first release made them, under the layout of this one. */
class MigrationTest {
  @TempDir Path directory;
  private Path local;

  @BeforeEach
  void unpack() throws IOException {
    local = LayoutFixture.unpack("/layouts/layout-0.zip", directory);
  }

  private static Lakehouse open() {
    return Lakehouse.open(TinyRun.spark(), LayoutFixture.ROOT);
  }

  private static List<String> migrate() {
    return Lakehouse.migrate(TinyRun.spark(), LayoutFixture.ROOT);
  }

  private List<Path> tables() throws IOException {
    try (Stream<Path> tables = Files.list(directory.resolve("lake/tables"))) {
      return tables.sorted().toList();
    }
  }

  /** Number of commits by table. */
  private Map<String, Long> commits() throws IOException {
    Map<String, Long> commits = new TreeMap<>();
    for (Path table : tables()) {
      try (Stream<Path> log = Files.list(table.resolve("_delta_log"))) {
        commits.put(
            table.getFileName().toString(),
            log.filter(file -> file.toString().endsWith(".json")).count());
      }
    }
    return commits;
  }

  private static Dataset<Row> rows(String table) {
    return TinyRun.spark().read().format("delta").load(path(table));
  }

  private static String path(String table) {
    return LayoutFixture.ROOT + "/tables/" + table;
  }

  /** Kinds of the actions that were committed from a version on. */
  private List<String> actionsSince(String table, long version) throws IOException {
    Path log = directory.resolve("lake/tables/" + table + "/_delta_log");
    List<String> kinds = new ArrayList<>();
    for (long v = version; v < commits().get(table); v++) {
      for (String line : Files.readAllLines(log.resolve("%020d.json".formatted(v)))) {
        kinds.add(line.substring(2, line.indexOf('"', 2)));
      }
    }
    return kinds;
  }

  @Test
  void anOldLakeIsRefusedMigratedAndGoesOn() throws Exception {
    Map<String, Long> commits = commits();
    assertThatThrownBy(MigrationTest::open)
        .isInstanceOf(UserError.class)
        .hasMessageContaining("is older than this Sponge")
        .hasMessageEndingWith("run: sponge migrate --work DIR");
    assertThat(commits()).as("nothing is written before").isEqualTo(commits);

    List<String> done = migrateTwiceAtOnce();
    assertThat(done)
        .as("each table by one of two")
        .hasSize(open().tables().size())
        .doesNotHaveDuplicates()
        .contains("recalls: created", "leases: created", "history_statistics: created")
        .anyMatch(line -> line.matches("policies: added columns tokenizer_sha256; constraints.*"))
        .anyMatch(line -> line.matches("rollouts: added columns .*behaviour_source; constraints.*"))
        .anyMatch(line -> line.matches("prompts: added columns .*source_id.*; constraints.*"))
        .anyMatch(line -> line.startsWith("rewards: added") && line.contains("reward_scored_only"));
    assertThat(migrate()).isEmpty();
    for (String table : commits.keySet()) {
      assertThat(actionsSince(table, commits.get(table)))
          .as(table)
          .containsExactly("commitInfo", "protocol", "metaData");
    }
    assertThatThrownBy(() -> appendBySpark("step_rollouts", "lag", "-1"))
        .hasStackTraceContaining("lag_not_negative");
    goOn();
    // An imported prompt.
    appendBySpark("prompts", "prompt_ids", "cast(array() AS array<int>)");
  }

  /** Appends a row that is there, with another value in one column. */
  private static void appendBySpark(String table, String changed, String value) {
    rows(table)
        .limit(1)
        .selectExpr(
            Arrays.stream(rows(table).columns())
                .map(column -> column.equals(changed) ? value + " " + column : column)
                .toArray(String[]::new))
        .write()
        .format("delta")
        .mode("append")
        .save(path(table));
  }

  /** What both did, table by table. */
  private static List<String> migrateTwiceAtOnce() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try {
      List<Future<List<String>>> both =
          List.of(pool.submit(MigrationTest::migrate), pool.submit(MigrationTest::migrate));
      List<String> done = new ArrayList<>();
      for (Future<List<String>> one : both) {
        done.addAll(one.get());
      }
      return done;
    } finally {
      pool.shutdownNow();
    }
  }

  private void goOn() {
    Map<String, String> settings = new TreeMap<>(LayoutFixture.SETTINGS);
    settings.put("run.steps", "2");
    RunContext run = TinyRun.open(local, LayoutFixture.ROOT, settings);
    Policy newest = RunState.require(run.lakehouse(), TinyRun.RUN).policy();
    assertThat(newest.policyVersion()).isEqualTo(1);
    assertThat(newest.tokenizerSha256()).as("a column that the old table lacked").isNull();
    assertThat(run.lakehouse().rollouts().read(TinyRun.RUN, 0, 0, OptionalLong.of(1)))
        .as("as of a version before the migration")
        .isNotEmpty()
        .allMatch(rollout -> rollout.behaviourSource() == null);
    run.config().checkSameRun(newest.resolvedConfig());

    assertThat(new ReMixLoop(run).run()).isTrue();

    assertThat(run.lakehouse().trainSteps().read(TinyRun.RUN)).hasSize(2);
    assertThat(run.lakehouse().trainSteps().read(TinyRun.RUN, 1).orElseThrow().replayedRollouts())
        .as("trained on rollouts of the old layout")
        .isPositive();
  }

  @Test
  void aConstraintThatHoldsNoLongerIsRemoved() {
    Lakehouse lake = openOther();
    String prompts = lake.prompts().path();
    for (String name : List.of("prompt_ids_filled", "mine")) {
      TinyRun.spark()
          .sql(
              "ALTER TABLE delta.`%s` ADD CONSTRAINT %s CHECK (size(prompt_ids) > 0)"
                  .formatted(prompts, name));
    }
    assertThatThrownBy(this::openOther)
        .isInstanceOf(UserError.class)
        .hasMessageContaining("it lacks the removal of constraints prompt_ids_filled)");
    assertThat(Lakehouse.migrate(TinyRun.spark(), lake.root()))
        .containsExactly("prompts: added the removal of constraints prompt_ids_filled");
    assertThat(
            TinyRun.spark().sql("SHOW TBLPROPERTIES delta.`%s`".formatted(prompts)).collectAsList())
        .extracting(row -> row.getString(0))
        .as("that of somebody else stays")
        .contains("delta.constraints.mine")
        .doesNotContain("delta.constraints.prompt_ids_filled");
    assertThat(openOther().prompts().read("train")).isEmpty();
  }

  @Test
  void rowsThatBreakAConstraintStopTheMigrationBeforeItBegins() throws IOException {
    appendBySpark("rewards", "status", "'done'");
    Map<String, Long> commits = commits();
    assertThatThrownBy(MigrationTest::migrate)
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("rewards")
        .hasMessageContaining("1 rows that break constraint")
        .hasMessageContaining("Nothing was migrated");
    assertThat(commits()).isEqualTo(commits);
  }

  @Test
  void aLakeOfANewerSpongeIsNotTouched() {
    Lakehouse lake = openOther();
    TinyRun.spark()
        .sql(
            "ALTER TABLE delta.`%s` SET TBLPROPERTIES ('sponge.schemaVersion' = '99')"
                .formatted(lake.rollouts().path()));
    assertThatThrownBy(this::openOther)
        .isInstanceOf(UserError.class)
        .hasMessageContaining("sponge.schemaVersion = 99")
        .hasMessageContaining("a newer Sponge")
        .hasMessageContaining("sponge migrate leads forward only")
        .hasMessageContaining("another work directory");
    assertThatThrownBy(() -> Lakehouse.migrate(TinyRun.spark(), lake.root()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("99");
    assertThat(lake.rollouts().version()).isEqualTo(1);
  }

  @Test
  void whatIsNoTableIsNamed() throws IOException {
    Path tables = Files.createDirectories(directory.resolve("other/tables"));
    Files.writeString(tables.resolve("rewards"), "a file");
    assertNoTable("rewards");
    Files.delete(tables.resolve("rewards"));
    Files.createDirectories(tables.resolve("rollouts/photos"));
    assertNoTable("photos");
    assertThat(tables.resolve("prompts")).as("nothing was made").doesNotExist();
    Files.delete(tables.resolve("rollouts/photos"));
    Files.createDirectories(tables.resolve("rollouts/_delta_log"));
    Lakehouse lake = openOther();
    assertThat(lake.tables()).as("creation was interrupted").allMatch(t -> t.version() == 0);
    assertThat(lake.rollouts().dataset().count()).isZero();
  }

  private Lakehouse openOther() {
    return Lakehouse.open(TinyRun.spark(), directory.resolve("other"));
  }

  private void assertNoTable(String found) {
    assertThatThrownBy(this::openOther)
        .isInstanceOf(UserError.class)
        .hasMessageContaining(found)
        .hasMessageContaining("no Delta table")
        .hasMessageContaining("move it away");
  }
}
