package dev.sponge.jobs.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

class SqlFunctionsTest {
  @Test
  void mathEqualJudgesRowsAndIsNullWithoutAGoldAnswer() {
    SparkSession spark = TestSpark.session().newSession();
    SqlFunctions.register(spark);
    List<Row> rows =
        spark
            .sql(
                """
                SELECT math_equal(gold, answer) AS equal FROM VALUES
                  ('42', '42'),
                  ('42', '43'),
                  ('42', r'so \\boxed{42}.'),
                  ('["41","42"]', '42'),
                  ('42', ''),
                  (' ', '42'),
                  (NULL, '42'),
                  ('42', NULL) AS pairs(gold, answer)
                """)
            .collectAsList();
    assertThat(rows)
        .extracting(row -> row.get(0))
        .containsExactly(true, false, true, true, false, null, null, null);
    assertThat(spark.sql("SELECT 1 WHERE math_equal('7', '8')").collectAsList()).isEmpty();
  }
}
