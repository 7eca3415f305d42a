package dev.sponge.datasets.similarity;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;

import dev.sponge.rl.UserError;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.feature.HashingTF;
import org.apache.spark.ml.feature.MinHashLSH;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import scala.collection.Iterator;
import scala.collection.Seq;

/**
 * All pairs of prompts whose shingles have at least a given Jaccard similarity. Spark MLlib's
 * HashingTF and MinHashLSH give the candidates; the exact similarity of each is computed from the
 * shingles. MLlib's own join takes two prompts that agree in a single value for candidates, nearly
 * all pairs of a large set: here whole {@link Bands} must agree.
 *
 * <p>Deterministic: fixed seed, and the result does not depend on the partitioning. The driver
 * holds a dictionary of all shingles, about 100 bytes for each distinct one.
 */
public final class SimilarPrompts {
  private static final int FEATURES = 1 << 20;
  private static final long SEED = 20_260_101;

  /** Pairs with a common band, each counted once a band; more take hours. */
  private static final long MOST_MEETINGS = 400_000_000;

  private static final String INDEX = "index";
  private static final String KEY = "key";
  private static final String SHINGLES = "shingles";
  private static final String FEATURE = "features";
  private static final String HASHES = "hashes";

  private final SparkSession spark;
  private final Shingles shingles;
  private final double threshold;
  private final Bands bands;

  /**
   * @param threshold least Jaccard similarity, 0.3 to 1
   */
  public SimilarPrompts(SparkSession spark, Shingles shingles, double threshold) {
    this.spark = spark;
    this.shingles = shingles;
    this.threshold = threshold;
    bands = Bands.of(threshold);
  }

  /** The similar pairs among prompts, closest first; {@code left} comes first in the list. */
  public List<SimilarPair> within(List<PromptText> prompts) {
    return pairs(prompts, prompts.size(), col("a.index").lt(col("b.index")));
  }

  /** The similar pairs of a prompt of one list and one of another, closest first. */
  public List<SimilarPair> between(List<PromptText> left, List<PromptText> right) {
    List<PromptText> all = new ArrayList<>(left);
    all.addAll(right);
    return pairs(
        all, left.size(), col("a.index").lt(left.size()).and(col("b.index").geq(left.size())));
  }

  private List<SimilarPair> pairs(List<PromptText> prompts, int left, Column which) {
    if (left == 0 || prompts.size() < 2) {
      return List.of();
    }
    Dataset<Row> keys = keys(prompts).persist(StorageLevel.MEMORY_AND_DISK());
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<ShingleSets> sets = context.broadcast(sets(prompts));
    double least = threshold;
    try {
      checkMeetings(keys);
      return keys
          .as("a")
          .join(keys.as("b"), col("a.key").equalTo(col("b.key")).and(which))
          .select(col("a.index"), col("b.index"))
          .distinct()
          .toJavaRDD()
          .map(row -> new Pair(row.getInt(0), row.getInt(1)))
          .mapToPair(pair -> new scala.Tuple2<>(pair, sets.value().similarity(pair)))
          .filter(judged -> judged._2() >= least)
          .collect()
          .stream()
          .map(
              judged ->
                  new SimilarPair(
                      prompts.get(judged._1().left()).id(),
                      prompts.get(judged._1().right()).id(),
                      judged._2()))
          .sorted(SimilarPair.CLOSEST_FIRST)
          .toList();
    } finally {
      sets.destroy();
      keys.unpersist();
    }
  }

  private record Pair(int left, int right) implements Serializable {}

  /** One row a prompt and band. */
  private Dataset<Row> keys(List<PromptText> prompts) {
    Dataset<Row> sets = shingleSets(prompts);
    HashingTF hashing = new HashingTF().setInputCol(SHINGLES).setOutputCol(FEATURE);
    Dataset<Row> features = hashing.setBinary(true).setNumFeatures(FEATURES).transform(sets);
    MinHashLSH minHash = new MinHashLSH().setInputCol(FEATURE).setOutputCol(HASHES);
    Dataset<Row> hashed =
        minHash.setNumHashTables(bands.values()).setSeed(SEED).fit(features).transform(features);
    Bands grouping = bands;
    Column keys =
        functions
            .udf(
                (Seq<Vector> hashes) -> grouping.keys(values(hashes)),
                DataTypes.createArrayType(DataTypes.LongType, false))
            .apply(col(HASHES));
    return hashed.select(col(INDEX), explode(keys).as(KEY));
  }

  private static double[] values(Seq<Vector> hashes) {
    double[] values = new double[hashes.length()];
    Iterator<Vector> each = hashes.iterator();
    for (int i = 0; i < values.length; i++) {
      values[i] = each.next().apply(0);
    }
    return values;
  }

  private Dataset<Row> shingleSets(List<PromptText> prompts) {
    List<Row> rows = new ArrayList<>();
    prompts.forEach(prompt -> rows.add(RowFactory.create(rows.size(), prompt.text())));
    StructType schema =
        new StructType()
            .add(INDEX, DataTypes.IntegerType, false)
            .add("text", DataTypes.StringType, false);
    Shingles cut = shingles;
    Column sets =
        functions
            .udf(
                (String text) -> cut.of(text).toArray(String[]::new),
                DataTypes.createArrayType(DataTypes.StringType, false))
            .apply(col("text"));
    return spark
        .createDataFrame(rows, schema)
        .repartition(spark.sparkContext().defaultParallelism())
        .select(col(INDEX), sets.as(SHINGLES));
  }

  private ShingleSets sets(List<PromptText> prompts) {
    Map<String, Integer> numbers = new HashMap<>();
    int[][] sets = new int[prompts.size()][];
    for (int i = 0; i < sets.length; i++) {
      sets[i] =
          shingles.of(prompts.get(i).text()).stream()
              .mapToInt(
                  shingle -> {
                    int next = numbers.size();
                    Integer known = numbers.putIfAbsent(shingle, next);
                    return known == null ? next : known;
                  })
              .sorted()
              .toArray();
    }
    return new ShingleSets(sets);
  }

  /** A number for each shingle, the same for the same text alone; ascending for each prompt. */
  @SuppressWarnings("ArrayRecordComponent") // only read
  private record ShingleSets(int[][] numbers) implements Serializable {
    double similarity(Pair pair) {
      int[] a = numbers[pair.left()];
      int[] b = numbers[pair.right()];
      int shared = 0;
      for (int i = 0, j = 0; i < a.length && j < b.length; ) {
        if (a[i] == b[j]) {
          shared++;
          i++;
          j++;
        } else if (a[i] < b[j]) {
          i++;
        } else {
          j++;
        }
      }
      return (double) shared / (a.length + b.length - shared);
    }
  }

  private void checkMeetings(Dataset<Row> keys) {
    Row sum =
        keys.groupBy(KEY).count().selectExpr("coalesce(sum(count * (count - 1) div 2), 0)").first();
    if (sum.getLong(0) > MOST_MEETINGS) {
      throw new UserError(
          ("The prompts are too much alike: %,d candidate pairs, at most %,d can be compared."
                  + " Raise --threshold or --shingle-words, or take one source at a time.")
              .formatted(sum.getLong(0), MOST_MEETINGS));
    }
  }
}
