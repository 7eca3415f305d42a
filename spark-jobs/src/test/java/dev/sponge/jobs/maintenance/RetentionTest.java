package dev.sponge.jobs.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.config.MaintenanceSettings;
import dev.sponge.jobs.config.MaintenanceSettings.KeptCheckpoints;
import dev.sponge.jobs.maintenance.TableHistory.LoggedFile;
import dev.sponge.jobs.maintenance.Unreferenced.StoredFile;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which files go and which are rewritten, without a table. */
class RetentionTest {
  private static final long FOREVER = Long.MAX_VALUE;
  private static final long MB = 1 << 20;

  @TempDir Path directory;

  /** Version 1 adds a, 2 adds b, 3 adds c, 4 puts a to c into d; a commit every 100 ms. */
  private static final TableHistory LOG =
      new TableHistory(
          new TreeMap<>(java.util.Map.of(0L, 0L, 1L, 100L, 2L, 200L, 3L, 300L, 4L, 400L)),
          List.of(
              new LoggedFile("a", MB, "", 1, 4),
              new LoggedFile("b", MB, "", 2, 4),
              new LoggedFile("c", MB, "", 3, 4),
              new LoggedFile("d", 3 * MB, "", 4, FOREVER)),
          OptionalLong.empty());

  private static List<String> removed(Set<Long> pinned, long horizon) {
    List<StoredFile> stored =
        List.of(
            new StoredFile("a", MB, 90),
            new StoredFile("b", MB, 190),
            new StoredFile("c", MB, 290),
            new StoredFile("d", 3 * MB, 390),
            new StoredFile("lost", MB, 250),
            new StoredFile("young", MB, 500));
    return Unreferenced.of(stored, LOG, pinned, horizon).stream().map(StoredFile::path).toList();
  }

  @Test
  void aFileStaysWhileAPinnedVersionHoldsIt() {
    assertThat(removed(Set.of(), 450)).containsExactly("a", "b", "c", "lost");
    assertThat(removed(Set.of(1L), 450)).containsExactly("b", "c", "lost");
    assertThat(removed(Set.of(1L, 2L), 450)).containsExactly("c", "lost");
    assertThat(removed(Set.of(3L), 450)).containsExactly("lost");
    assertThat(removed(Set.of(0L, 4L), 450)).containsExactly("a", "b", "c", "lost");
  }

  @Test
  void whoReadsSinceTheHorizonKeepsHisFiles() {
    assertThat(removed(Set.of(), 400))
        .as("version 3 was the latest until 400")
        .containsExactly("lost");
    assertThat(removed(Set.of(), 401)).containsExactly("a", "b", "c", "lost");
    assertThat(removed(Set.of(), 250)).as("not committed by then").isEmpty();
    assertThat(removed(Set.of(), 501)).contains("young");
    assertThat(LOG.latestSince(250)).containsExactly(2L, 3L, 4L);
  }

  @Test
  void onlyPartitionsWithSeveralSmallFilesAreCompacted() {
    long big = Compaction.TARGET_BYTES;
    List<LoggedFile> live =
        List.of(
            new LoggedFile("1", MB, "p", 1, FOREVER),
            new LoggedFile("2", 2 * MB, "p", 1, FOREVER),
            new LoggedFile("3", big, "p", 1, FOREVER),
            new LoggedFile("4", MB, "q", 1, FOREVER),
            // The first two fill a file, the third is alone then.
            new LoggedFile("5", big - 2 * MB, "r", 1, FOREVER),
            new LoggedFile("6", MB, "r", 1, FOREVER),
            new LoggedFile("7", big - MB, "r", 1, FOREVER));
    assertThat(Compaction.of(live)).isEqualTo(new Compaction(4, 2, 3 * MB + big - MB));
    assertThat(Compaction.of(List.of()).isEmpty()).isTrue();
  }

  @Test
  void aLogThatDoesNotReachBackIsRefused() throws IOException {
    Path log = Files.createDirectories(directory.resolve("_delta_log"));
    String add =
        "{\"add\":{\"path\":\"x%20y.parquet\",\"size\":7,\"partitionValues\":{\"k\":null}}}\n";
    Files.writeString(log.resolve("%020d.json".formatted(1)), add);
    FileSystem files = FileSystem.getLocal(new Configuration());
    assertThatThrownBy(() -> TableHistory.read(files, directory.toString()))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("does not hold every commit from version 0 on");
    Files.writeString(log.resolve("%020d.json".formatted(0)), "{\"commitInfo\":{}}\n");
    Files.writeString(log.resolve("%020d.checkpoint.parquet".formatted(1)), "");
    TableHistory read = TableHistory.read(files, directory.toString());
    assertThat(read.live()).extracting(LoggedFile::path).containsExactly("x y.parquet");
    assertThat(read.commitsSinceCheckpoint()).isZero();
  }

  @Test
  void whatContradictsItselfIsRefused() {
    assertThatThrownBy(
            () ->
                new MaintenanceSettings(
                    false,
                    true,
                    Duration.ofHours(1),
                    OptionalInt.empty(),
                    KeptCheckpoints.OF_THE_RUN))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("at least 24 hours");
    assertThatThrownBy(() -> settings(false, OptionalInt.of(3)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("--vacuum");
    assertThatThrownBy(() -> settings(true, OptionalInt.of(-1)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("steps begin at 0");
  }

  private static MaintenanceSettings settings(boolean vacuum, OptionalInt unpin) {
    return new MaintenanceSettings(
        false, vacuum, Duration.ofDays(7), unpin, KeptCheckpoints.OF_THE_RUN);
  }
}
