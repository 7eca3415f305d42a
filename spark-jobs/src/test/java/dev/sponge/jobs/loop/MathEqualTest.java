package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.spark.SqlFunctions;
import dev.sponge.jobs.table.Lakehouse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

class MathEqualTest {
  @Test
  void theFunctionGoesWithTablesAndViews() throws IOException {
    Lakehouse lake = TinyRun.reference().lakehouse();
    SqlFunctions.register(lake.spark());
    List<Row> golds =
        lake.sql("select math_equal(answer, answer) equal, count(*) from prompts group by equal")
            .collectAsList();
    assertThat(golds).extracting(row -> row.get(0)).containsExactly(true);

    String queries = Files.readString(Path.of("..", "notebooks", "rollout_history.sql")).strip();
    String last = queries.substring(queries.indexOf("-- 8."), queries.length() - 1);
    for (Row row : lake.sql(last).collectAsList()) {
      assertThat(row.<Boolean>getAs("correct")).isNotEqualTo(row.<Boolean>getAs("equal"));
    }
  }
}
