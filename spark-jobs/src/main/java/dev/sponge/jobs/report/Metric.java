package dev.sponge.jobs.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * A score of the responses to a problem.
 *
 * @param k responses drawn, at least 1
 */
public record Metric(Kind kind, int k) {
  /** What is asked of the drawn responses. */
  public enum Kind {
    /** One of them is right. */
    PASS("pass@"),
    /** The answer that most of them give is right. */
    MAJORITY("maj@");

    private final String label;

    Kind(String label) {
      this.label = label;
    }
  }

  public static final Metric PASS_AT_1 = new Metric(Kind.PASS, 1);

  /** pass@k for every k, then maj@k for those above 1: maj@1 is pass@1. */
  public static List<Metric> of(Collection<Integer> ks) {
    List<Metric> metrics = new ArrayList<>();
    TreeSet<Integer> sorted = new TreeSet<>(ks);
    sorted.forEach(k -> metrics.add(new Metric(Kind.PASS, k)));
    sorted.tailSet(2).forEach(k -> metrics.add(new Metric(Kind.MAJORITY, k)));
    return metrics;
  }

  /** {@code pass@8}. */
  public String label() {
    return kind.label + k;
  }

  /**
   * The value for a problem.
   *
   * @throws IllegalArgumentException if it has fewer than k judged responses
   */
  public double of(Tally tally) {
    return switch (kind) {
      case PASS -> tally.pass(k);
      case MAJORITY -> tally.majority(k);
    };
  }
}
