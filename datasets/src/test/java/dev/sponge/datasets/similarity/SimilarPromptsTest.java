package dev.sponge.datasets.similarity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.datasets.LocalSpark;
import dev.sponge.rl.UserError;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class SimilarPromptsTest {
  private static final Shingles PAIRS = new Shingles(2);

  @Test
  void findsWhatComparingAllPairsFinds() {
    for (double threshold : new double[] {0.5, 0.8}) {
      List<PromptText> left = variants("l", 60, 7);
      List<PromptText> right = variants("r", 25, 8);

      List<SimilarPair> found = similar(threshold).between(left, right);

      assertThat(found)
          .isNotEmpty()
          .isEqualTo(SimilarityBench.exact(PAIRS, threshold, left, right));
    }
  }

  @Test
  void pairsOfOneListAreFoundOnce() {
    List<PromptText> prompts = variants("p", 60, 9);
    Map<String, Integer> place = new HashMap<>();
    prompts.forEach(prompt -> place.put(prompt.id(), place.size()));

    List<SimilarPair> found = similar(0.6).within(prompts);

    assertThat(found)
        .isEqualTo(
            SimilarityBench.exact(PAIRS, 0.6, prompts, prompts).stream()
                .filter(pair -> place.get(pair.left()) < place.get(pair.right()))
                .toList());
  }

  @Test
  void partitionsAndOrderOfRowsDoNotMatter() {
    SparkSession spark = LocalSpark.session();
    List<PromptText> left = variants("l", 40, 11);
    List<PromptText> right = variants("r", 20, 12);
    List<SimilarPair> expected = similar(0.6).between(left, right);
    List<PromptText> shuffled = new ArrayList<>(left);
    Collections.shuffle(shuffled, new Random(5));
    String partitions = spark.conf().get("spark.sql.shuffle.partitions");
    try {
      spark.conf().set("spark.sql.shuffle.partitions", "7");
      assertThat(similar(0.6).between(shuffled, right)).isEqualTo(expected);
    } finally {
      spark.conf().set("spark.sql.shuffle.partitions", partitions);
    }
  }

  @Test
  void editionsOfOneProblemAreOne() {
    List<PromptText> train =
        List.of(
            new PromptText("a", "Compute\n\\[\\sin^2 4^\\circ + \\dots + \\sin^2 176^\\circ.\\]"),
            new PromptText("b", "Compute $\\dfrac{a}{b}$ for $a \\leq 3$ and $b=7$."));
    List<PromptText> test =
        List.of(
            new PromptText("x", "Compute $\\sin ^{2} 4^{\\circ}+\\cdots+\\sin ^{2} 176^{\\circ}$."),
            new PromptText("y", "compute \\frac{a}{b} for $a\\le3$  and $b = 7$"));

    assertThat(similar(1).between(train, test))
        .containsExactly(new SimilarPair("a", "x", 1), new SimilarPair("b", "y", 1));
  }

  @Test
  void emptyListsAndTextsHaveNoPairs() {
    List<PromptText> prompts = List.of(new PromptText("a", "What is 1 + 1?"));

    assertThat(similar(0.8).between(List.of(), prompts)).isEmpty();
    assertThat(similar(0.8).between(prompts, List.of(new PromptText("b", "$ $")))).isEmpty();
    assertThat(similar(0.8).within(prompts)).isEmpty();
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> similar(0.2))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("0.2");
    assertThatThrownBy(() -> similar(1.1))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("1.1");
    assertThatThrownBy(() -> new Shingles(0)).isInstanceOf(UserError.class);
  }

  @Property(tries = 200)
  void bandsSeldomMissAPairAtTheThreshold(@ForAll @DoubleRange(min = 0.3, max = 1) double at) {
    Bands bands = Bands.of(at);

    assertThat(Math.pow(1 - Math.pow(at, bands.rows()), bands.bands())).isLessThan(1.1e-4);
    assertThat(bands.values()).isBetween(1, 192);
  }

  /** The published sets: what brute force finds is found. */
  @Test
  void mathTrainAgainstTheBenchmarks() {
    Assumptions.assumeTrue(
        Files.isDirectory(Benchmarks.directory()),
        "no benchmark files in " + Benchmarks.directory().toAbsolutePath().normalize());
    List<PromptText> train = Benchmarks.mathTrain().subList(4400, 4700);
    List<PromptText> benchmarks = Benchmarks.all();

    List<SimilarPair> found = similar(0.7).between(train, benchmarks);

    assertThat(found)
        .isEqualTo(SimilarityBench.exact(PAIRS, 0.7, train, benchmarks))
        .as("the same problem in another spelling")
        .contains(new SimilarPair("math_train:4520", "olympiadbench:0522", 1));
  }

  private static SimilarPrompts similar(double threshold) {
    return new SimilarPrompts(LocalSpark.session(), PAIRS, threshold);
  }

  /** Texts of 30 words, each a change of a few words to one of five. */
  private static List<PromptText> variants(String name, int count, long seed) {
    Random random = new Random(seed);
    return IntStream.range(0, count)
        .mapToObj(
            i -> {
              int family = random.nextInt(5);
              List<String> words =
                  new ArrayList<>(IntStream.range(0, 30).mapToObj(n -> word(family, n)).toList());
              for (int changes = random.nextInt(12); changes > 0; changes--) {
                words.set(random.nextInt(words.size()), word(9, random.nextInt(90)));
              }
              return new PromptText("%s%03d".formatted(name, i), String.join(" ", words));
            })
        .toList();
  }

  private static String word(int family, int number) {
    return "" + (char) ('a' + family) + (char) ('a' + number % 26) + (char) ('a' + number / 26);
  }
}
