package dev.sponge.datasets.similarity;

import com.sun.management.OperatingSystemMXBean;
import dev.sponge.datasets.LocalSpark;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;

/**
 * Seconds for 40,000 prompts, and what MATH train shares with the five benchmarks. Run by hand:
 * arguments are the shingle length in words, the threshold and how many prompts.
 */
final class SimilarityBench {
  private static final List<String> WORDS = List.of("the", "all", "given", "find", "number", "of");

  private static final OperatingSystemMXBean PROCESS =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private SimilarityBench() {}

  public static void main(String[] args) {
    Shingles shingles = new Shingles(Integer.parseInt(args[0]));
    double threshold = Double.parseDouble(args[1]);
    int count = Integer.parseInt(args[2]);
    List<PromptText> train = Benchmarks.mathTrain();
    List<PromptText> benchmarks = Benchmarks.all();
    SimilarPrompts similar = new SimilarPrompts(LocalSpark.session(), shingles, threshold);
    // Once more: the first run pays for classes and compilation.
    for (int round = 0; round < 2; round++) {
      List<SimilarPair> found = timed("between", () -> similar.between(train, benchmarks));
      compare(found, exact(shingles, threshold, train, benchmarks));
    }
    List<SimilarPair> inside = timed("within", () -> similar.within(train));
    List<SimilarPair> all =
        exact(shingles, threshold, train, train).stream()
            .filter(pair -> pair.left().compareTo(pair.right()) < 0)
            .toList();
    List<String> ids = train.stream().map(PromptText::id).toList();
    print("recall %d of %d%n", all.stream().filter(inside::contains).count(), all.size());
    print("%d of %d dropped%n", NearDuplicates.dropped(ids, inside).size(), train.size());
    List<PromptText> many = repeated(train, count);
    timed("between " + count, () -> similar.between(many, benchmarks));
    List<SimilarPair> pairs = timed("within " + count, () -> similar.within(many));
    List<String> order = many.stream().map(PromptText::id).sorted().toList();
    print("%d of %d dropped%n", NearDuplicates.dropped(order, pairs).size(), count);
    LocalSpark.session().stop();
  }

  private interface Search {
    List<SimilarPair> run();
  }

  private static List<SimilarPair> timed(String name, Search search) {
    long before = PROCESS.getProcessCpuTime();
    long start = System.nanoTime();
    List<SimilarPair> pairs = search.run();
    double seconds = (System.nanoTime() - start) / 1e9;
    double busy = (PROCESS.getProcessCpuTime() - before) / 1e9;
    print("%s: %d pairs in %.1f s, %.1f s of processor%n", name, pairs.size(), seconds, busy);
    return pairs;
  }

  private static void compare(List<SimilarPair> found, List<SimilarPair> exact) {
    long hit = exact.stream().filter(found::contains).count();
    print("recall %d of %d%n", hit, exact.size());
    exact.forEach(pair -> print("%.3f %s %s%n", pair.similarity(), pair.left(), pair.right()));
  }

  /** Copies of the prompts in turn, with one word in 25 replaced. */
  static List<PromptText> repeated(List<PromptText> prompts, int count) {
    Random random = new Random(1);
    List<PromptText> all = new ArrayList<>();
    while (all.size() < count) {
      PromptText prompt = prompts.get(all.size() % prompts.size());
      String[] words = prompt.text().split(" ", -1);
      int changes = all.size() < prompts.size() ? 0 : 1 + words.length / 25;
      for (int i = 0; i < changes; i++) {
        words[random.nextInt(words.length)] = WORDS.get(random.nextInt(WORDS.size()));
      }
      all.add(
          new PromptText(
              prompt.id() + "/" + all.size() / prompts.size(),
              String.join(" ", Arrays.asList(words))));
    }
    return all;
  }

  /** Every pair compared. */
  static List<SimilarPair> exact(
      Shingles shingles, double threshold, List<PromptText> left, List<PromptText> right) {
    List<Set<String>> sets = left.stream().map(p -> hashed(shingles, p)).toList();
    List<SimilarPair> pairs = new ArrayList<>();
    for (PromptText b : right) {
      var other = hashed(shingles, b);
      for (int i = 0; i < left.size(); i++) {
        var set = sets.get(i);
        int small = Math.min(set.size(), other.size());
        if (small >= threshold * Math.max(set.size(), other.size())) {
          long shared = other.stream().filter(set::contains).count();
          double similarity = (double) shared / (set.size() + other.size() - shared);
          if (similarity >= threshold) {
            pairs.add(new SimilarPair(left.get(i).id(), b.id(), similarity));
          }
        }
      }
    }
    return pairs.stream().sorted(SimilarPair.CLOSEST_FIRST).toList();
  }

  private static Set<String> hashed(Shingles shingles, PromptText prompt) {
    return new HashSet<>(shingles.of(prompt.text()));
  }

  private static void print(String format, Object... values) {
    System.out.printf(Locale.ROOT, format, values);
  }
}
