package dev.sponge.jobs.run;

import dev.sponge.jobs.config.CheckpointConfig;
import dev.sponge.jobs.table.Evaluation;
import dev.sponge.jobs.table.Incarnation;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/** Which policy versions of a run keep their checkpoint. */
public final class CheckpointPolicy {
  private CheckpointPolicy() {}

  /**
   * The versions that stay: the newest {@code keepLast}, version 0, every reincarnation point and
   * so the base, every {@code keepEvery}-th and the {@code keepBest} with the highest sampled
   * pass@1 (of equal ones the first in {@code evaluations}).
   *
   * @param versions published versions of the run; the largest is k
   * @param evaluations the run's own ones
   * @param incarnations of the run
   * @return a subset of {@code versions}
   */
  public static NavigableSet<Integer> kept(
      Collection<Integer> versions,
      List<Evaluation> evaluations,
      List<Incarnation> incarnations,
      CheckpointConfig config) {
    NavigableSet<Integer> kept = new TreeSet<>();
    if (versions.isEmpty()) {
      return kept;
    }
    int newest = Collections.max(versions);
    for (int version : versions) {
      boolean last = version > newest - config.keepLast();
      boolean regular = config.keepEvery() > 0 && version % config.keepEvery() == 0;
      if (last || regular) {
        kept.add(version);
      }
    }
    kept.add(0);
    incarnations.forEach(incarnation -> kept.add(incarnation.baseVersion()));
    evaluations.stream()
        .sorted(Comparator.comparingDouble(Evaluation::pass1Sampled).reversed())
        .map(Evaluation::policyVersion)
        .distinct()
        .limit(config.keepBest())
        .forEach(kept::add);
    kept.retainAll(versions);
    return kept;
  }
}
