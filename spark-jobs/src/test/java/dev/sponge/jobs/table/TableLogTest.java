package dev.sponge.jobs.table;

import static dev.sponge.jobs.table.LakehouseFixture.RUN;
import static dev.sponge.jobs.table.LakehouseFixture.rollouts;
import static dev.sponge.jobs.table.LakehouseFixture.spark;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.rl.SpongeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one reader of a table sees of the commits of others. */
class TableLogTest {
  @TempDir Path work;
  private Lakehouse lake;
  private Lakehouse other;

  @BeforeEach
  void open() {
    lake = Lakehouse.open(spark(), work);
    other = Lakehouse.open(spark(), work);
    lake.rollouts().append(RUN, 0, rollouts(0, 4, 2));
    assertThat(other.rollouts().version()).isEqualTo(1);
  }

  @Test
  void commitsOfAnotherWriterAreSeenAtOnce() {
    for (int version = 1; version < 4; version++) {
      Lakehouse writer = version % 2 == 0 ? lake : other;
      Lakehouse reader = version % 2 == 0 ? other : lake;
      writer.rollouts().append(RUN, version, rollouts(version, 4, 2));
      assertThat(reader.rollouts().lastVersion(RUN)).hasValue(version);
      assertThat(reader.rollouts().version()).isEqualTo(version + 1L);
      assertThat(reader.rollouts().read(RUN, 0, version))
          .usingRecursiveComparison()
          .isEqualTo(
              IntStream.rangeClosed(0, version)
                  .boxed()
                  .flatMap(v -> rollouts(v, 4, 2).stream())
                  .toList());
    }
  }

  @Test
  void aTransactionOfAnotherWriterIsKnown() {
    other.rollouts().append(RUN, 1, rollouts(1, 4, 2));
    assertThat(lake.rollouts().append(RUN, 1, rollouts(1, 4, 2)).written()).isFalse();
    assertThatThrownBy(() -> lake.rollouts().append(RUN, 1, rollouts(1, 8, 2)))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("Another attempt");
    assertThat(lake.rollouts().read(RUN, 0, 9)).hasSize(8);
  }

  @Test
  void aLongLogIsReadAsAShortOne() throws IOException {
    for (int version = 1; version <= 230; version++) {
      List<Rollout> rows = version % 40 == 0 ? rollouts(version, 4, 2) : List.of();
      lake.rollouts().append(RUN, version, rows);
    }
    Lakehouse later = Lakehouse.open(spark(), work);
    for (Lakehouse reader : List.of(lake, other, later)) {
      assertThat(reader.rollouts().version()).isEqualTo(231);
      assertThat(reader.rollouts().read(RUN, 0, 230))
          .extracting(Rollout::policyVersion)
          .containsOnly(0, 40, 80, 120, 160, 200)
          .hasSize(24);
      assertThat(reader.rollouts().append(RUN, 200, rollouts(200, 4, 2)).written()).isFalse();
    }
    try (Stream<Path> log = Files.list(work.resolve("tables/rollouts/_delta_log"))) {
      assertThat(log.map(f -> f.getFileName().toString()).filter(f -> f.endsWith(".parquet")))
          .containsExactlyInAnyOrder(
              "00000000000000000100.checkpoint.parquet", "00000000000000000200.checkpoint.parquet");
    }
  }

  @Test
  void aFileThatALaterCommitNamesAgainCountsOnce() throws IOException {
    Path log = work.resolve("tables/rollouts/_delta_log");
    String add =
        Files.readAllLines(log.resolve("00000000000000000001.json")).stream()
            .filter(line -> line.contains("\"add\""))
            .findFirst()
            .orElseThrow();
    Files.writeString(
        log.resolve("00000000000000000002.json"),
        add.replace("\"dataChange\":true", "\"dataChange\":false") + "\n");
    assertThat(lake.rollouts().read(RUN, 0, 0)).hasSize(4);
    assertThat(lake.rollouts().version()).isEqualTo(2);
  }

  @Test
  void whatSparkDoesToTheTableIsSeen() {
    String table = "delta.`" + lake.trainSteps().path() + "`";
    lake.trainSteps().append(LakehouseFixture.step(0, "a"));
    lake.trainSteps().append(LakehouseFixture.step(1, "a"));
    assertThat(lake.trainSteps().read(RUN)).hasSize(2);
    spark().sql("alter table " + table + " set tblproperties ('delta.appendOnly' = 'false')");
    assertThat(lake.trainSteps().version()).isEqualTo(3);
    spark().sql("delete from " + table + " where step = 0");
    assertThat(lake.trainSteps().read(RUN)).containsExactly(LakehouseFixture.step(1, "a"));
    assertThat(lake.trainSteps().lastStep(RUN)).hasValue(1);
    lake.trainSteps().append(LakehouseFixture.step(2, "a"));
    assertThat(lake.trainSteps().dataset().count()).isEqualTo(2);
    assertThat(lake.trainSteps().read(RUN)).extracting(TrainStep::step).containsExactly(1, 2);
  }
}
