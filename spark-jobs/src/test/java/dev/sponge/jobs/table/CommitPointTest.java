package dev.sponge.jobs.table;

import static dev.sponge.jobs.table.LakehouseFixture.RUN;
import static dev.sponge.jobs.table.LakehouseFixture.rollouts;
import static dev.sponge.jobs.table.LakehouseFixture.spark;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.rl.SpongeException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommitPointTest {
  @TempDir static Path work;
  private static Lakehouse lake;

  /** Attempt a of step 0 dies before its commit, b commits; step 1 has an attempt and no commit. */
  @BeforeAll
  static void twoAttempts() {
    lake = Lakehouse.open(spark(), work);
    lake.policies().append(LakehouseFixture.policy(0, "bootstrap"));
    for (String attempt : List.of("a", "b")) {
      attempt(0, attempt);
    }
    lake.trainSteps().append(LakehouseFixture.step(0, "b"));
    attempt(1, "c");
    lake.evaluationResponses()
        .append(RUN, 1, "lost", List.of(LakehouseFixture.response(1, "lost", 0)));
    lake.evaluationResponses()
        .append(RUN, 1, "kept", List.of(LakehouseFixture.response(1, "kept", 0)));
    lake.evaluations().append(LakehouseFixture.evaluation(1, "kept", 4));
  }

  private static void attempt(int step, String attempt) {
    List<Rollout> used = rollouts(step, 4, 2);
    lake.anchorLogprobs().append(RUN, step, attempt, LakehouseFixture.anchors(used, step, attempt));
    lake.storedAdvantages().append(RUN, step, attempt, LakehouseFixture.advantages(used, attempt));
    lake.stepRollouts()
        .append(RUN, step, attempt, LakehouseFixture.stepRollouts(used, step, attempt));
    lake.policies().append(LakehouseFixture.policy(step + 1, attempt));
  }

  @Test
  void onlyTheCommittedAttemptIsRead() {
    assertThat(lake.anchorLogprobs().read(RUN, 0, 9))
        .hasSize(4)
        .allMatch(row -> row.attemptId().equals("b"));
    assertThat(lake.storedAdvantages().read(RUN, 0, 9))
        .hasSize(4)
        .allMatch(row -> row.attemptId().equals("b"));
    assertThat(lake.stepRollouts().read(RUN, 0, 9))
        .hasSize(4)
        .allMatch(row -> row.attemptId().equals("b"));
    assertThat(lake.policies().read(RUN, 1)).map(Policy::attemptId).contains("b");
    assertThat(lake.policies().read(RUN, 2)).isEmpty();
    assertThat(lake.evaluationResponses().read(RUN, 1))
        .extracting(EvaluationResponse::attemptId)
        .containsExactly("kept");
  }

  @Test
  void theBootstrappedPolicyCountsByItself() {
    assertThat(lake.policies().read(RUN, 0)).map(Policy::attemptId).contains("bootstrap");
    assertThat(lake.policies().latest(RUN)).map(Policy::policyVersion).contains(1);
    assertThat(lake.policies().latest("another run")).isEmpty();
  }

  @Test
  void viewsHoldWhatCountsAndAllAttemptsStandBesideThem() {
    assertThat(strings("SELECT DISTINCT attempt_id FROM step_rollouts")).containsExactly("b");
    assertThat(strings("SELECT DISTINCT attempt_id FROM anchor_logprobs")).containsExactly("b");
    assertThat(strings("SELECT DISTINCT attempt_id FROM stored_advantages")).containsExactly("b");
    assertThat(strings("SELECT attempt_id FROM policies ORDER BY policy_version"))
        .containsExactly("bootstrap", "b");
    assertThat(strings("SELECT attempt_id FROM evaluation_responses")).containsExactly("kept");
    assertThat(strings("SELECT DISTINCT attempt_id FROM step_rollouts_all ORDER BY 1"))
        .containsExactly("a", "b", "c");
    assertThat(
            strings(
                "SELECT p.attempt_id FROM POLICIES p JOIN train_steps t"
                    + " ON t.version_out = p.policy_version AND t.run_id = p.run_id"))
        .containsExactly("b");
  }

  @Test
  void frozenTablesSeeNeitherLaterRowsNorLaterCommits(@TempDir Path directory) throws IOException {
    Lakehouse now = Lakehouse.open(spark(), directory);
    now.policies().append(LakehouseFixture.policy(0, "bootstrap"));
    now.policies().append(LakehouseFixture.policy(1, "a"));
    now.rollouts().append(RUN, 0, rollouts(0, 4, 2));
    now.evaluations().append(LakehouseFixture.evaluation(0, "e", 4));
    Lakehouse frozen = now.frozen();
    TableVersions versions = frozen.versions();
    assertThat(versions).isEqualTo(now.versions());

    now.rollouts().append(RUN, 1, rollouts(1, 4, 2));
    now.trainSteps().append(LakehouseFixture.step(0, "a"));
    now.rollouts().append("other", 0, List.of());

    assertThat(frozen.versions()).isEqualTo(versions).isNotEqualTo(now.versions());
    for (Lakehouse then : List.of(frozen, now.asOf(versions))) {
      assertThat(then.rollouts().read(RUN, 0, 9)).hasSize(4);
      assertThat(then.rollouts().lastVersion(RUN)).hasValue(0);
      assertThat(then.policies().read(RUN, 1)).as("its commit came later").isEmpty();
      assertThat(then.policies().latest(RUN)).map(Policy::policyVersion).contains(0);
      assertThat(then.rollouts().dataset().count()).isEqualTo(4);
      assertThatThrownBy(() -> then.rollouts().append(RUN, 2, rollouts(2, 4, 2)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("rollouts is read as of version 1");
    }
    assertThat(now.policies().read(RUN, 1)).isPresent();
    assertThat(now.rollouts().read(RUN, 0, 9)).hasSize(8);

    try (Stream<Path> files = Files.walk(Path.of(URI.create(now.rollouts().path())))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".parquet")).toList()) {
        Files.delete(file);
      }
    }
    assertThatThrownBy(() -> frozen.rollouts().read(RUN, 0, 0))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining(
            "of table rollouts as of version 1 (the files of old versions go when the table is vacuumed)");
  }

  @Test
  void versionsThatARowDoesNotKnowAreThoseOfToday() {
    TableVersions old =
        new TableVersions(0L, 0L, 0L, 1L, null, null, null, null, null, null, null, null);
    Lakehouse then = lake.asOf(old);
    assertThat(then.anchorLogprobs().version()).isEqualTo(1);
    assertThat(then.anchorLogprobs().read(RUN, 0, 9)).as("attempt a alone was there").isEmpty();
    assertThat(then.policies().read(RUN, 1)).isPresent();
  }

  private static List<String> strings(String query) {
    return lake.sql(query).collectAsList().stream().map((Row row) -> row.getString(0)).toList();
  }
}
