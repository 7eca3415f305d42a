package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.provenance.TimeTravel;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.rl.UserError;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** SQL over the tables as a step saw them. */
class TimeTravelTest {
  private final Lakehouse lake = TinyRun.reference().lakehouse();

  @Test
  void aStepSeesItsRolloutsAndTheStepsBeforeIt() {
    String query =
        """
        select (select max(policy_version) from rollouts),
               (select max(policy_version) from policies),
               (select max(step) from step_rollouts),
               (select max(policy_version) from evaluation_responses)
        """;
    Row row = TimeTravel.to(lake, TinyRun.RUN, 1).sql(query).collectAsList().get(0);
    // Versions 0, 2 and 4 are evaluated, each before the step that begins from it.
    assertThat(IntStream.range(0, row.size()).mapToObj(row::get)).containsExactly(1, 1, 0, 0);
    for (int k = 0; k < TinyRun.STEPS; k++) {
      int step = k;
      Lakehouse then = TimeTravel.to(lake, TinyRun.RUN, k);
      assertThat(then.rollouts().lastVersion(TinyRun.RUN)).hasValue(k);
      assertThat(then.trainSteps().read(TinyRun.RUN)).hasSize(k);
      assertThat(then.policies().latest(TinyRun.RUN).orElseThrow().policyVersion()).isEqualTo(k);
      assertThat(then.anchorLogprobs().read(TinyRun.RUN, 0, 9))
          .allMatch(scores -> scores.step() < step);
      // Each step appends once to a table, and only steps 1 and 2 have a history.
      assertThat(then.versions().byTable())
          .isEqualTo(lake.trainSteps().read(TinyRun.RUN, k).orElseThrow().versionsRead().byTable())
          .hasSize(12)
          .containsEntry("train_steps", (long) k)
          .containsEntry("step_rollouts", (long) k)
          .containsEntry("history_statistics", (long) Math.max(k - 1, 0))
          .containsEntry("recalls", 0L);
      assertThat(then.incarnations().read(TinyRun.RUN)).hasSize(k < TinyRun.REINCARNATION ? 0 : 1);
    }
  }

  @Test
  void aStepThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> TimeTravel.to(lake, TinyRun.RUN, 9))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("--step 9")
        .hasMessageContaining("steps 0 to 3");
  }
}
