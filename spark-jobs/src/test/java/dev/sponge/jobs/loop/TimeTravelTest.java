package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.provenance.TimeTravel;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.rl.UserError;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** SQL over the tables as a step saw them. */
class TimeTravelTest {
  private final Lakehouse lake = TinyRun.reference().lakehouse();

  private static final String EVERYTHING =
      """
      select (select max(policy_version) from rollouts),
             (select max(policy_version) from rewards),
             (select max(policy_version) from policies),
             (select max(policy_version) from policies_all),
             (select max(step) from train_steps),
             (select max(step) from anchor_logprobs),
             (select max(step) from step_rollouts),
             (select max(policy_version) from evaluations),
             (select max(policy_version) from evaluation_responses),
             (select count(*) from incarnations),
             (select count(*) from prompts)
      """;

  private static List<Object> ask(Lakehouse tables) {
    Row row = tables.sql(EVERYTHING).collectAsList().get(0);
    return IntStream.range(0, row.size()).mapToObj(row::get).toList();
  }

  @Test
  void aStepSeesItsRolloutsAndTheStepsBeforeIt() {
    // Versions 0, 2 and 4 are evaluated, each before the step that begins from it.
    assertThat(ask(TimeTravel.to(lake, TinyRun.RUN, 1)))
        .containsExactly(1, 1, 1, 1, 0, 0, 0, 0, 0, 0L, 60L);
    assertThat(ask(TimeTravel.to(lake, TinyRun.RUN, 3)))
        .containsExactly(3, 3, 3, 3, 2, 2, 2, 2, 2, 1L, 60L);
    assertThat(ask(lake)).containsExactly(3, 3, 4, 4, 3, 3, 3, 4, 4, 1L, 60L);
  }

  @Test
  void aStepThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> TimeTravel.to(lake, TinyRun.RUN, 9))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("--step 9")
        .hasMessageContaining("steps 0 to 3");
  }
}
