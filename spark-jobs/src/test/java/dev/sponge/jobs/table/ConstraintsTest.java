package dev.sponge.jobs.table;

import static dev.sponge.jobs.table.LakehouseFixture.NOW;
import static dev.sponge.jobs.table.LakehouseFixture.RUN;
import static dev.sponge.jobs.table.LakehouseFixture.VERIFIER;
import static dev.sponge.jobs.table.LakehouseFixture.rollouts;
import static dev.sponge.jobs.table.LakehouseFixture.spark;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.table.RecordSchema.Field;
import dev.sponge.rl.SpongeException;
import io.delta.kernel.TableManager;
import io.delta.kernel.internal.SnapshotImpl;
import io.delta.kernel.internal.types.DataTypeJsonSerDe;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** The constraints in the Delta log say what the records' constructors say. */
@TestInstance(Lifecycle.PER_CLASS)
class ConstraintsTest {
  /** Values at the borders of what columns allow, by type; NULL comes with each. */
  private static final Map<ColumnType, List<Object>> PROBES =
      Map.of(
          ColumnType.STRING,
              List.of("", " \t\n", "scored", "pending", "failed", "recomputed", "released", "x"),
          ColumnType.BOOLEAN, List.of(true, false),
          ColumnType.INT, List.of(-2, -1, 0, 1, 2),
          ColumnType.LONG, List.of(-1L, 0L),
          ColumnType.DOUBLE,
              List.of(
                  -1e-9,
                  0.0,
                  1.0,
                  1 + 1e-9,
                  1e6,
                  -1.1e6,
                  Double.NaN,
                  Double.POSITIVE_INFINITY,
                  Double.NEGATIVE_INFINITY),
          ColumnType.INT_ARRAY, List.of(new int[0], new int[] {1}, new int[] {1, 2}),
          ColumnType.FLOAT_ARRAY,
              List.of(
                  new float[0],
                  new float[] {-1},
                  new float[] {-1, 0},
                  new float[] {-1, 1e-8f},
                  new float[] {Float.NaN, -1},
                  new float[] {-1, Float.POSITIVE_INFINITY},
                  new float[] {-1, Float.NEGATIVE_INFINITY}));

  @TempDir static Path work;
  private Lakehouse lake;

  /** Its metadata are changed. */
  private Lakehouse other;

  @BeforeAll
  void open() {
    lake = Lakehouse.open(spark(), work);
    other = Lakehouse.open(spark(), work.resolve("other"));
    lake.prompts().append(List.of(LakehouseFixture.prompt(1)));
    List<Rollout> rollouts = rollouts(0, 4, 2);
    lake.rollouts().append(RUN, 0, rollouts);
    lake.rewards().append(RUN, 0, VERIFIER, LakehouseFixture.rewards(rollouts));
  }

  /** A good row of every table. */
  private static List<Record> goodRows() {
    List<Rollout> rollout = rollouts(0, 1, 2);
    return List.of(
        LakehouseFixture.prompt(1),
        LakehouseFixture.policy(1, "a"),
        new Incarnation(RUN, 1, 1, 1, 1, NOW),
        rollout.get(0),
        LakehouseFixture.rewards(rollout).get(0),
        LakehouseFixture.anchors(rollout, 0, "a").get(0),
        LakehouseFixture.advantages(rollout, "a").get(0),
        LakehouseFixture.step(0, "a"),
        LakehouseFixture.stepRollouts(rollout, 0, "a").get(0),
        LakehouseFixture.statistics(rollout, 1, "a").get(0),
        LakehouseFixture.evaluation(1, "a", 8),
        LakehouseFixture.response(1, "a", 0),
        new StudyPoint(
            "study", "remix", 3, "hash", 0, 0, 0, 0, .1, .2, null, "", Map.of("m", .5), NOW),
        new Lease(RUN, 1, Lease.ACQUIRED, "holder", "host", "boot", 7, "9", 30, NOW),
        new Recall("p1", "train", "hash", "asked", Map.of("rollouts", 4.0), "main v1", NOW, null),
        LakehouseFixture.rejected("r1"));
  }

  /** Values of a row, each column's good one or a probe; what the record says to it. */
  private record Probe(List<Object> values, boolean refused) {}

  @Test
  void sqlRefusesExactlyWhatTheRecordsRefuse() {
    List<Record> rows = goodRows();
    assertThat(rows).hasSameSizeAs(lake.tables());
    List<String> differences = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      LakeTable<?> table = lake.tables().get(i);
      RecordSchema<?> schema = RecordSchema.of(rows.get(i).getClass());
      List<Probe> probes = probes(schema, rows.get(i));
      Map<String, String> constraints = constraintsInTheLog(table);
      assertThat(constraints).as(table.name()).isNotEmpty().isEqualTo(schema.constraints());
      Set<String> neverBroken = new LinkedHashSet<>(constraints.keySet());
      List<Row> verdicts = verdicts(table, probes, constraints);
      for (int p = 0; p < probes.size(); p++) {
        Row verdict = verdicts.get(p);
        boolean broken = false;
        int c = 0;
        for (String constraint : constraints.keySet()) {
          // NULL breaks a constraint as false does.
          if (verdict.isNullAt(c) || !verdict.getBoolean(c)) {
            broken = true;
            neverBroken.remove(constraint);
          }
          c++;
        }
        if (broken != probes.get(p).refused()) {
          differences.add(
              table.name() + (broken ? " SQL alone: " : " record alone: ") + text(probes.get(p)));
        }
      }
      neverBroken.forEach(name -> differences.add(table.name() + ": no probe breaks " + name));
    }
    assertThat(differences).isEmpty();
  }

  private static String text(Probe probe) {
    return probe.values().stream()
        .map(v -> v instanceof float[] f ? Arrays.toString(f) : String.valueOf(v))
        .collect(Collectors.joining(", "));
  }

  /** One column or two columns of a row changed. */
  private static List<Probe> probes(RecordSchema<?> schema, Record good) {
    List<Object> values = new ArrayList<>();
    schema.fields().forEach(field -> values.add(field.value(good)));
    List<Probe> probes = new ArrayList<>();
    List<Field> fields = schema.fields();
    for (int i = 0; i < fields.size(); i++) {
      for (Object first : candidates(fields.get(i))) {
        List<Object> changed = new ArrayList<>(values);
        changed.set(i, first);
        probes.add(probe(good, changed));
        // Rules between columns lie among neighbours of small distance.
        for (int j = i + 1; j < Math.min(i + 3, fields.size()); j++) {
          for (Object second : candidates(fields.get(j))) {
            List<Object> both = new ArrayList<>(changed);
            both.set(j, second);
            probes.add(probe(good, both));
          }
        }
      }
    }
    return probes;
  }

  private static List<Object> candidates(Field field) {
    List<Object> candidates = new ArrayList<>(PROBES.getOrDefault(field.type(), List.of()));
    if (field.nullable()) {
      candidates.add(null);
    }
    return candidates;
  }

  private static Probe probe(Record good, List<Object> values) {
    Class<?>[] types =
        Arrays.stream(good.getClass().getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    boolean refused = false;
    try {
      Constructor<?> constructor = good.getClass().getDeclaredConstructor(types);
      constructor.newInstance(values.toArray());
    } catch (java.lang.reflect.InvocationTargetException e) {
      assertThat(e.getCause()).isInstanceOf(SpongeException.class);
      refused = true;
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
    return new Probe(values, refused);
  }

  private static SnapshotImpl snapshot(LakeTable<?> table) {
    return (SnapshotImpl)
        TableManager.loadSnapshot(table.path())
            .build(DataFiles.engine(spark().sessionState().newHadoopConf()));
  }

  private static Map<String, String> constraintsInTheLog(LakeTable<?> table) {
    SnapshotImpl snapshot = snapshot(table);
    assertThat(snapshot.getProtocol().getMinWriterVersion()).isEqualTo(3);
    Map<String, String> constraints = new LinkedHashMap<>();
    snapshot
        .getTableProperties()
        .forEach(
            (key, value) -> {
              if (key.startsWith(TableLayout.CONSTRAINT_PREFIX)) {
                constraints.put(key.substring(TableLayout.CONSTRAINT_PREFIX.length()), value);
              }
            });
    return constraints;
  }

  /** What Spark makes of every constraint for every probe. */
  private static List<Row> verdicts(
      LakeTable<?> table, List<Probe> probes, Map<String, String> constraints) {
    String schema = DataTypeJsonSerDe.serializeStructType(table.table().schema().deltaSchema());
    List<Row> rows =
        probes.stream()
            .map(probe -> RowFactory.create(probe.values().stream().map(v -> cell(v)).toArray()))
            .toList();
    return spark()
        .createDataFrame(rows, (StructType) DataType.fromJson(schema))
        .select(
            constraints.values().stream()
                .map(functions::expr)
                .toArray(org.apache.spark.sql.Column[]::new))
        .collectAsList();
  }

  private static Object cell(Object value) {
    return value instanceof java.time.Instant instant
        ? java.sql.Timestamp.from(instant)
        : value instanceof Map<?, ?> map
            ? scala.jdk.javaapi.CollectionConverters.asScala(map)
            : value;
  }

  @Test
  void whatIsReadByPolicyVersionIsPartitionedByIt() {
    assertThat(partitions(lake.rollouts())).containsExactly("run_id", "policy_version");
    assertThat(partitions(lake.rewards())).containsExactly("run_id", "policy_version");
    assertThat(partitions(lake.anchorLogprobs()))
        .as("step k scores with policy version k")
        .containsExactly("run_id", "step");
  }

  private static List<String> partitions(LakeTable<?> table) {
    return snapshot(table).getPartitionColumnNames();
  }

  @Test
  void aBadRowOfSparkIsRefusedAndAGoodOneIsReadByUs() {
    insert("rewards", "reward", "1.0", "rollout_id", "'by-hand'");
    assertThat(lake.rewards().read(RUN, 0, 0, VERIFIER)).containsKey("by-hand");
    long rewards = lake.rewards().version();
    long rollouts = lake.rollouts().version();
    assertRefused("rewards", "reward_scored_only", "reward", "double('NaN')");
    assertRefused("rewards", "reward_scored_only", "status", "'pending'");
    assertRefused("rewards", "status_known", "status", "'done'", "reward", "null");
    assertRefused("rewards", "policy_version_not_negative", "policy_version", "-1");
    assertRefused("rewards", "rollout_id", "rollout_id", "null");
    assertRefused(
        "rollouts",
        "behaviour_logprobs_logprobs",
        "behaviour_logprobs",
        "array(float(-1), float(1e-8))");
    assertRefused(
        "rollouts", "behaviour_logprobs_length", "behaviour_logprobs", "array(float(-1))");
    assertThat(lake.rewards().version()).isEqualTo(rewards);
    assertThat(lake.rollouts().version()).isEqualTo(rollouts);
  }

  /** INSERT of a row that is there, with other values in some columns. */
  private void insert(String table, String... changes) {
    LakeTable<?> target =
        lake.tables().stream().filter(t -> t.name().equals(table)).findFirst().orElseThrow();
    Map<String, String> changed = new LinkedHashMap<>();
    for (int i = 0; i < changes.length; i += 2) {
      changed.put(changes[i], changes[i + 1]);
    }
    String columns =
        Arrays.stream(target.dataset().schema().fieldNames())
            .map(column -> changed.getOrDefault(column, column))
            .collect(Collectors.joining(", "));
    String path = "delta.`" + target.path() + "`";
    spark().sql("INSERT INTO %s SELECT %s FROM %s LIMIT 1".formatted(path, columns, path));
  }

  private void assertRefused(String table, String constraint, String... changes) {
    assertThatThrownBy(() -> insert(table, changes))
        .as(table + " " + List.of(changes))
        .hasStackTraceContaining(constraint);
  }

  @Test
  void describeShowsWhatAColumnAndATableHold() {
    String rewards = "delta.`" + lake.rewards().path() + "`";
    assertThat(spark().sql("DESCRIBE TABLE " + rewards).collectAsList())
        .extracting(row -> row.getString(0) + ": " + row.getString(2))
        .contains("reward: reward; null unless scored");
    assertThat(spark().sql("DESCRIBE DETAIL " + rewards).head().<String>getAs("description"))
        .isEqualTo("the verdict of one verifier on one rollout");
  }

  @Test
  void theConstraintOfSomebodyElseIsNotPassedOver() {
    spark()
        .sql(
            "ALTER TABLE delta.`%s` ADD CONSTRAINT mine CHECK (step < 5)"
                .formatted(other.trainSteps().path()));
    Lakehouse again = Lakehouse.open(spark(), work.resolve("other"));
    assertThatThrownBy(() -> again.trainSteps().append(LakehouseFixture.step(0, "a")))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("train_steps");
    assertThat(again.trainSteps().read(RUN)).isEmpty();
  }

  @Test
  void checkpointsOfTheLogAndLaterCommitsKeepTheConstraints() {
    spark()
        .sql(
            "ALTER TABLE delta.`%s` SET TBLPROPERTIES ('delta.checkpointInterval' = '3')"
                .formatted(other.rollouts().path()));
    for (int version = 1; version <= 3; version++) {
      other.rollouts().append(RUN, version, List.of());
    }
    other.rollouts().append(RUN, 102, rollouts(102, 4, 2));
    String checkpoint =
        other.rollouts().path() + "/_delta_log/00000000000000000003.checkpoint.parquet";
    assertThat(
            spark()
                .read()
                .parquet(checkpoint)
                .where("metaData IS NOT NULL")
                .selectExpr("metaData.configuration['delta.constraints.behaviour_logprobs_length']")
                .head()
                .getString(0))
        .isEqualTo("size(response_ids) = size(behaviour_logprobs)");
    Lakehouse again = Lakehouse.open(spark(), work.resolve("other"));
    assertThat(constraintsInTheLog(again.rollouts())).hasSize(9);
    assertThat(again.rollouts().append(RUN, 102, rollouts(102, 4, 2)).written()).isFalse();
    assertThatThrownBy(() -> again.rollouts().append(RUN, 50, rollouts(50, 4, 2)))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("already holds transaction");
    assertThat(again.rollouts().read(RUN, 0, 200)).hasSize(4);
  }
}
