package dev.sponge.jobs.table;

import static dev.sponge.jobs.table.LakehouseFixture.RUN;
import static dev.sponge.jobs.table.LakehouseFixture.spark;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ErasureTest {
  @TempDir Path work;

  @Test
  void rowsGoAndTheTableIsAppendOnlyAgain() {
    Lakehouse lake = Lakehouse.open(spark(), work);
    List<Rollout> rollouts = LakehouseFixture.rollouts(0, 8, 16);
    lake.rollouts().append(RUN, 0, rollouts);

    Erasure.delete(lake.rollouts(), functions.col("prompt_id").equalTo("p0"));

    assertThat(lake.rollouts().read(RUN, 0, 0))
        .usingRecursiveComparison()
        .isEqualTo(rollouts.subList(4, 8));
    assertThat(Erasure.isAppendOnly(lake.rollouts())).isTrue();
    lake.rollouts().append(RUN, 1, LakehouseFixture.rollouts(1, 4, 16));
    assertThat(lake.rollouts().read(RUN, 0, 1)).hasSize(8);
  }

  @Test
  void theTableIsAppendOnlyAgainAfterADeletionThatFailed() {
    Lakehouse lake = Lakehouse.open(spark(), work);

    assertThatThrownBy(() -> Erasure.delete(lake.rewards(), functions.col("nothing").equalTo("x")))
        .hasMessageContaining("nothing");

    assertThat(Erasure.isAppendOnly(lake.rewards())).isTrue();
  }
}
