package dev.sponge.jobs.loop;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.sponge.jobs.config.LeaseConfig;
import dev.sponge.jobs.ledger.CheckResult;
import dev.sponge.jobs.ledger.Damage;
import dev.sponge.jobs.ledger.Fsck;
import dev.sponge.jobs.ledger.FsckReport;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import dev.sponge.rl.model.Manifest;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every check against damage done to a copy of a real lakehouse. */
class FsckTest {
  private static final LeaseConfig LEASE = new LeaseConfig(30, 120);

  @TempDir Path directory;

  private Fsck fsck(Lakehouse lake, boolean hashes) {
    return new Fsck(lake, directory.resolve("scratch"), new Fsck.Scope(Optional.empty(), hashes));
  }

  /** The sentences of the damages by check. */
  private static Map<String, List<String>> found(FsckReport report) {
    return report.damages().stream()
        .collect(
            Collectors.groupingBy(
                Damage::check, Collectors.mapping(Damage::text, Collectors.toList())));
  }

  private static CheckResult result(FsckReport report, String check) {
    return report.checks().stream().filter(c -> c.check().equals(check)).findFirst().orElseThrow();
  }

  @Test
  void aSoundLakeIsSoundAndWasReallyLookedAt() {
    Lakehouse lake = TinyRun.reference().lakehouse();
    FsckReport report = fsck(lake, true).check();

    assertThat(report.damages()).isEmpty();
    assertThat(report.sound()).isTrue();
    assertThat(report.checks()).allMatch(check -> check.leftovers() == 0);
    assertThat(result(report, "rollouts once").examined()).isEqualTo(48);
    assertThat(result(report, "rewards of a rollout").examined()).isEqualTo(48);
    assertThat(result(report, "steps without a hole").examined()).isEqualTo(TinyRun.STEPS);
    assertThat(result(report, "checkpoints stand").examined()).isEqualTo(TinyRun.STEPS + 1);
    assertThat(result(report, "checkpoints unchanged").examined()).isGreaterThanOrEqualTo(3);
    assertThat(result(report, "pinned versions readable").examined()).isGreaterThan(8);
    assertThat(report.lines()).last().asString().startsWith("sound");
    assertThatThrownBy(
            () -> new Fsck(lake, directory, new Fsck.Scope(Optional.of("nobody"), false)).check())
        .isInstanceOf(UserError.class)
        .hasMessageContaining("nobody");
  }

  @Test
  void doubledLostAndStrangeRowsAreNamedAndMendedWherePossible() throws IOException {
    LakeCopy copy = LakeCopy.in(directory.resolve("work"));
    Lakehouse lake = copy.lake();
    String doubled = id(lake, 1, 0);
    String unrewarded = id(lake, 1, 1);
    Dataset<Row> rollout = copy.rows("rollouts").where(col("rollout_id").equalTo(doubled));
    Dataset<Row> reward = copy.rows("rewards").where(col("rollout_id").equalTo(doubled));
    copy.append("rollouts", rollout);
    copy.append("rewards", reward);
    copy.append(
        "rewards", reward.withColumn("rollout_id", lit("ghost")).dropDuplicates("rollout_id"));
    copy.append(
        "rollouts",
        rollout
            .withColumn("rollout_id", lit("extra"))
            .withColumn("sample_index", lit(9))
            .dropDuplicates("rollout_id"));
    copy.append(
        "step_rollouts",
        copy.rows("step_rollouts").where("step = 1").withColumn("attempt_id", lit("dead")));
    copy.change("rewards", "DELETE FROM %s WHERE rollout_id = '" + unrewarded + "'");
    Path orphan =
        Files.copy(
            copy.files("rollouts", ".parquet").get(0),
            work(copy).resolve("tables/rollouts/orphan.parquet"));
    Path halfWritten = Files.createDirectories(work(copy).resolve("checkpoints/main/v000005-dead"));

    FsckReport report = fsck(lake, false).check();

    Map<String, List<String>> found = found(report);
    assertThat(found.keySet())
        .containsExactlyInAnyOrder(
            "rollouts once",
            "rewards once",
            "rewards of a rollout",
            "groups whole",
            "rollouts have a reward",
            "trained rollouts have a reward");
    assertThat(found.get("rollouts once")).singleElement().asString().contains(doubled, "2 times");
    assertThat(found.get("rewards once")).singleElement().asString().contains(doubled);
    assertThat(found.get("rewards of a rollout")).singleElement().asString().contains("ghost");
    assertThat(found.get("groups whole")).singleElement().asString().contains("0 1 2 3 9");
    assertThat(found.get("rollouts have a reward"))
        .hasSize(2)
        .anyMatch(text -> text.contains(unrewarded))
        .anyMatch(text -> text.contains("extra"));
    assertThat(found.get("trained rollouts have a reward"))
        .isNotEmpty()
        .allMatch(text -> text.contains(unrewarded));
    assertThat(result(report, "step_rollouts of attempts").leftovers()).isEqualTo(32);
    assertThat(result(report, "data files there").leftovers()).isEqualTo(1);
    assertThat(result(report, "checkpoints stand").leftovers()).isEqualTo(1);
    JsonObject json = JsonParser.parseString(report.json()).getAsJsonObject();
    assertThat(json.get("sound").getAsBoolean()).isFalse();
    assertThat(json.getAsJsonArray("damages")).hasSize(report.damages().size());

    FsckReport mended = fsck(lake, false).repair(LEASE);

    assertThat(found(mended).keySet())
        .as("what nobody can know stays")
        .containsExactlyInAnyOrder("rewards of a rollout", "groups whole");
    assertThat(mended.repairs())
        .anyMatch(line -> line.startsWith("removed 1 rows of table rollouts"))
        .anyMatch(line -> line.startsWith("removed 1 rows of table rewards"))
        .anyMatch(line -> line.startsWith("verified 2 rollouts of version 1"))
        .anyMatch(line -> line.startsWith("removed 32 rows of 1 attempts"));
    assertThat(mended.checks()).allMatch(check -> check.leftovers() == 0);
    assertThat(orphan).doesNotExist();
    assertThat(halfWritten).doesNotExist();
    assertThatThrownBy(() -> lake.spark().sql("DELETE FROM delta.`" + lake.rollouts().path() + "`"))
        .as("the tables are append-only again")
        .hasMessageContaining("append");
    copy.change("rollouts", "DELETE FROM %s WHERE rollout_id = 'extra'");
    copy.change("rewards", "DELETE FROM %s WHERE rollout_id IN ('extra', 'ghost')");
    Contents.assertEqual(
        Contents.of(lake, TinyRun.RUN), Contents.of(TinyRun.reference().lakehouse(), TinyRun.RUN));
  }

  private static Path work(LakeCopy copy) {
    return copy.work();
  }

  private static String id(Lakehouse lake, int version, int index) {
    return lake.stepRollouts().read(TinyRun.RUN, version, version).stream()
        .filter(row -> row.lag() == 0)
        .map(row -> row.rolloutId())
        .distinct()
        .skip(index)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aMissingCommitAndInputsThatAreGoneAreFound() throws IOException {
    LakeCopy copy = LakeCopy.in(directory.resolve("work"));
    copy.change("train_steps", "DELETE FROM %s WHERE step = 1");
    copy.change(
        "train_steps",
        "UPDATE %s SET rollouts_table_version = 999, recalls_table_version = 99 WHERE step = 2");
    copy.change("incarnations", "DELETE FROM %s");
    copy.change("prompts", "DELETE FROM %s WHERE prompt_id = '" + prompt(copy) + "'");
    copy.change("evaluation_responses", "DELETE FROM %s WHERE policy_version = 4 AND greedy");
    copy.change("step_rollouts", "DELETE FROM %s WHERE step = 2 AND pass = 1");
    copy.change("rollouts", "DELETE FROM %s WHERE policy_version = 3");

    Map<String, List<String>> found = found(fsck(copy.lake(), false).check());

    assertThat(found.get("steps without a hole")).singleElement().asString().startsWith("step 1 ");
    assertThat(found.get("pinned versions readable"))
        .hasSize(2)
        .allMatch(text -> text.startsWith("step 2"))
        .anyMatch(text -> text.contains("version 999 of table rollouts"))
        .anyMatch(text -> text.contains("version 99 of table recalls"));
    assertThat(found.get("rollouts of a policy"))
        .containsExactly("version 2 has rollouts and is no published policy");
    assertThat(found.get("evaluations of a policy"))
        .singleElement()
        .asString()
        .contains("version 2");
    assertThat(found.get("parents and bases exist"))
        .singleElement()
        .asString()
        .contains("version 3 names version 2 as its parent");
    assertThat(found.get("incarnations explained"))
        .singleElement()
        .asString()
        .contains("step 3 belongs to incarnation 1");
    assertThat(found.get("rollouts of a prompt")).isNotEmpty();
    assertThat(found.get("evaluations have their responses"))
        .singleElement()
        .asString()
        .contains("version 4", "has 96 responses in place of 108");
    assertThat(found.get("passes whole"))
        .singleElement()
        .asString()
        .contains("step 2 has rows in step_rollouts for 1 of 2 passes");
    assertThat(found.get("steps have their rollouts"))
        .containsExactly("version 3 has 0 rollouts, and step 3 was committed with 16");
    assertThat(found.get("trained rollouts exist")).hasSize(16);
    assertThat(found.get("rewards of a rollout")).hasSize(16);
    assertThat(found.get("anchors of rollouts")).hasSizeGreaterThanOrEqualTo(16);
    assertThat(new TreeSet<>(found.keySet())).as("nothing else").hasSize(13);
  }

  private static String prompt(LakeCopy copy) {
    return copy.rows("rollouts")
        .where("policy_version = 1")
        .select("prompt_id")
        .first()
        .getString(0);
  }

  @Test
  void filesThatAreMissingCutOrCommittedTwiceAreFound() throws IOException {
    LakeCopy copy = LakeCopy.in(directory.resolve("work"));
    Path gone = copy.files("rewards", "policy_version=2").get(0);
    Files.delete(gone);
    Path cut = copy.files("prompts", ".parquet").get(0);
    truncate(cut);
    Path log = copy.work().resolve("tables/evaluations/_delta_log");
    Files.copy(
        log.resolve("%020d.json".formatted(1)),
        log.resolve("%020d.json".formatted(copy.lake().evaluations().version() + 1)));
    copy.lake()
        .spark()
        .sql(
            "ALTER TABLE delta.`%s` SET TBLPROPERTIES ('delta.appendOnly' = 'false')"
                .formatted(copy.lake().studies().path()));

    FsckReport report = fsck(copy.lake(), false).check();

    Map<String, List<String>> found = found(report);
    assertThat(found.get("data files there"))
        .hasSize(2)
        .anyMatch(text -> text.contains(gone.toString()) && text.contains("is missing"))
        .anyMatch(text -> text.contains(cut.toString()) && text.contains("its commit wrote"));
    assertThat(found.get("transactions once"))
        .singleElement()
        .asString()
        .contains("table evaluations holds transaction sponge/main/evaluate");
    assertThat(found.get("logs whole"))
        .containsExactly("table studies does not have delta.appendOnly = true");
    assertThat(found.get("rollouts have a reward")).hasSize(8);
    assertThat(found.get("prompts once"))
        .singleElement()
        .asString()
        .startsWith("cannot be checked");

    // Who goes on with such a lake is told which file it is.
    assertThatThrownBy(() -> copy.lake().prompts().read("train"))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining(cut.getFileName().toString());
  }

  private static void truncate(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() / 2);
    }
  }

  @Test
  void checkpointsThatAreMissingCutOrChangedAreFound() throws IOException {
    LakeCopy copy = LakeCopy.in(directory.resolve("work")).withItsOwnCheckpoints();
    truncate(copy.checkpoint(4).resolve("model.safetensors"));
    try (RandomAccessFile weights =
        new RandomAccessFile(copy.checkpoint(3).resolve("model.safetensors").toFile(), "rw")) {
      weights.seek(weights.length() - 3);
      int old = weights.read();
      weights.seek(weights.length() - 3);
      weights.write(old ^ 1);
    }
    Manifest.write(copy.checkpoint(3)); // as if somebody had tidied up
    Path base =
        Path.of(
            java.net.URI.create(
                copy.lake().policies().read(TinyRun.RUN, 0).orElseThrow().checkpointUri()));
    Files.delete(base.resolve(Manifest.FILE_NAME));

    Map<String, List<String>> found = found(fsck(copy.lake(), true).check());

    assertThat(found.keySet())
        .containsExactlyInAnyOrder("checkpoints stand", "checkpoints unchanged");
    assertThat(found.get("checkpoints stand"))
        .singleElement()
        .asString()
        .startsWith("version 0: no complete checkpoint");
    assertThat(found.get("checkpoints unchanged"))
        .hasSize(2)
        .anyMatch(text -> text.startsWith("version 4:") && text.contains("model.safetensors has"))
        .anyMatch(text -> text.startsWith("version 3:") && text.contains("table policies says"));
  }
}
