package dev.sponge.jobs.table;

import static dev.sponge.jobs.table.LakehouseFixture.NOW;
import static dev.sponge.jobs.table.LakehouseFixture.RUN;
import static dev.sponge.jobs.table.LakehouseFixture.rollout;
import static dev.sponge.jobs.table.LakehouseFixture.rollouts;
import static dev.sponge.jobs.table.LakehouseFixture.spark;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.rl.SpongeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.apache.spark.sql.delta.DeltaLog;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageTest {
  @TempDir Path work;
  private Lakehouse lake;

  @BeforeEach
  void open() {
    lake = Lakehouse.open(spark(), work);
  }

  @Test
  void aReadOpensOnlyTheFilesOfItsPolicyVersions() throws IOException {
    for (int version = 0; version < 5; version++) {
      lake.rollouts().append(RUN, version, rollouts(version, 8, 4));
    }
    lake.rollouts().append("other", 3, List.of());
    PartitionFilter versions =
        PartitionFilter.ALL.equal("run_id", RUN).between("policy_version", 2, 3);
    assertThat(lake.rollouts().table().files(versions))
        .hasSize(2)
        .allMatch(file -> file.contains("policy_version=2") || file.contains("policy_version=3"));
    assertThat(lake.rollouts().lastVersion(RUN)).hasValue(4);
    assertThat(lake.rollouts().lastVersion("other")).isEmpty();

    for (String file : lake.rollouts().table().files(PartitionFilter.ALL)) {
      if (file.contains("policy_version=4")) {
        Files.delete(Path.of(java.net.URI.create(file)));
      }
    }
    assertThat(lake.rollouts().read(RUN, 2, 3))
        .as("a file of another partition may be damaged")
        .hasSize(16)
        .extracting(Rollout::policyVersion)
        .containsOnly(2, 3);
    assertThatThrownBy(() -> lake.rollouts().read(RUN, 4, 4))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("policy_version=4");
  }

  @Test
  void rolloutsComeBackInTrainingOrder() {
    List<Rollout> rows = rollouts(1, 16, 2);
    lake.rollouts().append(RUN, 0, rollouts(0, 4, 2));
    lake.rollouts()
        .append(
            RUN,
            1,
            rows.stream().sorted((a, b) -> b.rolloutId().compareTo(a.rolloutId())).toList());
    assertThat(lake.rollouts().read(RUN, 0, 1))
        .isSortedAccordingTo(RolloutsTable.ORDER)
        .hasSize(20);
  }

  @Test
  void anOldVersionIsReadableUnderAnAdvancedClock() throws IOException {
    lake.rollouts().append(RUN, 0, rollouts(0, 4, 2));
    long old = lake.rollouts().version();
    for (int version = 1; version <= 100; version++) {
      lake.rollouts().append(RUN, version, version % 50 == 0 ? rollouts(version, 4, 2) : List.of());
      if (version == 60) {
        age(work.resolve("tables/rollouts/_delta_log"), Duration.ofDays(400));
      }
    }
    assertThat(work.resolve("tables/rollouts/_delta_log/00000000000000000100.checkpoint.parquet"))
        .exists();
    age(work.resolve("tables/rollouts/_delta_log"), Duration.ofDays(400));
    DeltaLog.clearCache();
    Lakehouse later = Lakehouse.open(spark(), work);
    assertThat(later.rollouts().read(RUN, 0, 200)).hasSize(12);
    assertThat(later.rollouts().read(RUN, 0, 200, OptionalLong.of(old)))
        .usingRecursiveComparison()
        .isEqualTo(rollouts(0, 4, 2));
    assertThat(later.rollouts().dataset(old).count()).isEqualTo(4);
    assertThatThrownBy(() -> later.rollouts().read(RUN, 0, 0, OptionalLong.of(999)))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("999");
  }

  @Test
  void withDeltasDefaultRetentionTheSameOldVersionIsRefused() throws IOException {
    String path = work.resolve("default").toUri().toString();
    for (int i = 0; i < 2; i++) {
      spark().range(4).write().format("delta").mode("append").save(path);
    }
    age(work.resolve("default/_delta_log"), Duration.ofDays(400));
    spark().range(4).write().format("delta").mode("append").save(path);
    DeltaLog.clearCache();
    assertThatThrownBy(
            () -> spark().read().format("delta").option("versionAsOf", 0).load(path).count())
        .hasMessageContaining("deletedFileRetentionDuration");
  }

  /** Moves every file of a Delta log into the past: the same as moving the clock forward. */
  private static void age(Path log, Duration age) throws IOException {
    try (Stream<Path> files = Files.list(log)) {
      for (Path file : files.toList()) {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
      }
    }
  }

  @Test
  void aRowThatBreaksARuleIsNotBuilt() {
    Rollout good = rollout(0, 0, 2);
    assertThatThrownBy(() -> withLogprobs(good, new float[1]))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("2 response_ids but 1 behaviour_logprobs")
        .hasMessageContaining("generate it again");
    assertThatThrownBy(() -> withLogprobs(good, new float[] {-1, Float.NaN}))
        .hasMessageContaining("NaN at token 1")
        .hasMessageContaining("lower training.learning_rate");
    assertThatThrownBy(() -> withLogprobs(good, new float[] {-1, 1e-6f}))
        .hasMessageContaining("1.0E-6 at token 1")
        .hasMessageContaining("at most 0");
    assertThatThrownBy(() -> reward(Reward.PENDING, 0.0))
        .hasMessageContaining("scored and only scored has a number");
    assertThatThrownBy(() -> reward(Reward.SCORED, null))
        .hasMessageContaining("scored and only scored has a number");
    assertThatThrownBy(() -> reward(Reward.SCORED, Double.NaN))
        .hasMessageContaining("is NaN")
        .hasMessageContaining("sponge rescore");
    assertThatThrownBy(() -> reward(Reward.SCORED, 1.1e6))
        .hasMessageContaining("from -1000000 to 1000000");
    assertThatThrownBy(() -> reward("done", 1.0)).hasMessageContaining("'done'");
    assertThat(reward(Reward.PENDING, null).scored()).isFalse();
  }

  @Test
  void aNullWhereNoneMayStandIsNotWritten() {
    Rollout row = rollout(0, 0, 2);
    Rollout withoutText =
        new Rollout(
            row.rolloutId(),
            row.runId(),
            row.policyVersion(),
            row.promptId(),
            row.groupId(),
            row.sampleIndex(),
            row.workUnit(),
            row.promptIds(),
            row.responseIds(),
            null,
            row.behaviourLogprobs(),
            null,
            row.finishReason(),
            row.seed(),
            row.temperature(),
            row.maxNewTokens(),
            row.engine(),
            row.dtype(),
            NOW);
    assertThatThrownBy(() -> lake.rollouts().append(RUN, 0, List.of(withoutText)))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("response_text");
    assertThat(lake.rollouts().version()).isZero();
  }

  @Test
  void otherWritersCannotBreakTheTable() {
    lake.trainSteps().append(LakehouseFixture.step(0, "a"));
    String table = "delta.`" + lake.trainSteps().path() + "`";
    assertThatThrownBy(() -> spark().sql("DELETE FROM " + table)).hasMessageContaining("append");
    assertThatThrownBy(() -> spark().sql("UPDATE " + table + " SET passes = 9"))
        .hasMessageContaining("append");
    assertThatThrownBy(
            () ->
                lake.trainSteps()
                    .dataset()
                    .selectExpr("* EXCEPT (attempt_id)", "CAST(NULL AS STRING) AS attempt_id")
                    .write()
                    .format("delta")
                    .mode("append")
                    .save(lake.trainSteps().path()))
        .hasStackTraceContaining("attempt_id");
    assertThat(lake.trainSteps().read(RUN)).hasSize(1);
  }

  @Test
  void sparkWritesIntoTheTableAreReadToo() {
    lake.rollouts().append(RUN, 0, rollouts(0, 4, 2));
    lake.rollouts()
        .dataset()
        .withColumn("policy_version", org.apache.spark.sql.functions.lit(1))
        .withColumn(
            "rollout_id",
            org.apache.spark.sql.functions.concat(
                org.apache.spark.sql.functions.lit("s"),
                org.apache.spark.sql.functions.col("rollout_id")))
        .write()
        .format("delta")
        .mode("append")
        .save(lake.rollouts().path());
    assertThat(lake.rollouts().read(RUN, 1, 1))
        .hasSize(4)
        .allMatch(row -> row.rolloutId().startsWith("s") && row.createdAt().equals(NOW));
  }

  @Test
  void aTableOfAnotherShapeIsRefused() {
    String other = work.resolve("other").toUri().toString();
    spark().range(1).write().format("delta").save(other + "/tables/prompts");
    assertThatThrownBy(() -> Lakehouse.open(spark(), other))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("has no column prompt_id");
  }

  private static Rollout withLogprobs(Rollout row, float[] logprobs) {
    return new Rollout(
        row.rolloutId(),
        row.runId(),
        row.policyVersion(),
        row.promptId(),
        row.groupId(),
        row.sampleIndex(),
        row.workUnit(),
        row.promptIds(),
        row.responseIds(),
        row.responseText(),
        logprobs,
        null,
        row.finishReason(),
        row.seed(),
        row.temperature(),
        row.maxNewTokens(),
        row.engine(),
        row.dtype(),
        row.createdAt());
  }

  private static Reward reward(String status, Double reward) {
    return new Reward("r", RUN, 0, "boxed-integer", "1", status, reward, null, null, "");
  }
}
