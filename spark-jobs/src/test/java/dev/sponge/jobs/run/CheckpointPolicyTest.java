package dev.sponge.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.config.CheckpointConfig;
import dev.sponge.jobs.config.CheckpointConfig.KeepOptimizer;
import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.table.Evaluation;
import dev.sponge.jobs.table.Incarnation;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class CheckpointPolicyTest {
  /** The edge cases of lists of lists are many and take longer than the tries. */
  private static final int TRIES = 200;

  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  /** A run at version {@code newest}. */
  record Run(
      int newest,
      List<Evaluation> evaluations,
      List<Incarnation> incarnations,
      CheckpointConfig config) {
    List<Integer> versions() {
      return IntStream.rangeClosed(0, newest).boxed().toList();
    }

    SortedSet<Integer> kept() {
      return kept(versions(), config);
    }

    SortedSet<Integer> kept(Collection<Integer> versions, CheckpointConfig with) {
      return CheckpointPolicy.kept(versions, evaluations, incarnations, with);
    }
  }

  private static Evaluation evaluation(int version, double pass1) {
    return new Evaluation(
        "main", version, "b", "e", 12, 2, 1.0, 0, 0, 1, pass1, null, 5, 0, 1, 1, NOW);
  }

  private static Incarnation incarnation(int number, int version) {
    return new Incarnation("main", number, version, version, version, NOW);
  }

  @Provide
  Arbitrary<Run> runs() {
    return Arbitraries.integers()
        .between(0, 40)
        .flatMap(
            newest -> {
              Arbitrary<Integer> version = Arbitraries.integers().between(0, newest);
              // Few values, so that there are equal ones.
              Arbitrary<Double> pass = Arbitraries.of(0.1, 0.2, 0.3, 0.4);
              return Combinators.combine(
                      Combinators.combine(version, pass)
                          .as(CheckpointPolicyTest::evaluation)
                          .list()
                          .ofMaxSize(8),
                      version.set().ofMaxSize(2),
                      Arbitraries.integers().between(2, 6),
                      Arbitraries.integers().between(0, 9),
                      Arbitraries.integers().between(0, 3))
                  .as(
                      (evaluations, bases, last, every, best) ->
                          new Run(
                              newest,
                              evaluations,
                              incarnations(bases),
                              new CheckpointConfig(last, every, best, KeepOptimizer.LAST_TWO)));
            });
  }

  private static List<Incarnation> incarnations(Set<Integer> bases) {
    List<Integer> sorted = bases.stream().sorted().toList();
    return IntStream.range(0, sorted.size())
        .mapToObj(i -> incarnation(i + 1, sorted.get(i)))
        .toList();
  }

  /** Whether a version has a reason to stay, looked at alone. */
  private static boolean wanted(Run run, int version) {
    CheckpointConfig config = run.config();
    boolean base =
        version == 0 || run.incarnations().stream().anyMatch(i -> i.baseVersion() == version);
    double own = best(run, version);
    long better =
        run.versions().stream().filter(other -> other != version && best(run, other) > own).count();
    long equal =
        run.versions().stream()
            .filter(
                other -> other != version && best(run, other) == own && before(run, other, version))
            .count();
    return version > run.newest() - config.keepLast()
        || base
        || (config.keepEvery() > 0 && version % config.keepEvery() == 0)
        || (own > 0 && better + equal < config.keepBest());
  }

  private static double best(Run run, int version) {
    return run.evaluations().stream()
        .filter(e -> e.policyVersion() == version)
        .mapToDouble(Evaluation::pass1Sampled)
        .max()
        .orElse(0);
  }

  /** Whether the best evaluation of {@code first} stands before that of {@code second}. */
  private static boolean before(Run run, int first, int second) {
    return index(run, first) < index(run, second);
  }

  private static int index(Run run, int version) {
    return IntStream.range(0, run.evaluations().size())
        .filter(
            i ->
                run.evaluations().get(i).policyVersion() == version
                    && run.evaluations().get(i).pass1Sampled() == best(run, version))
        .findFirst()
        .orElse(Integer.MAX_VALUE);
  }

  @Property(tries = TRIES, edgeCases = EdgeCasesMode.NONE)
  void exactlyWhatHasAReasonStays(@ForAll("runs") Run run) {
    assertThat(run.kept())
        .containsExactlyElementsOf(
            run.versions().stream().filter(version -> wanted(run, version)).toList());
  }

  @Property(tries = TRIES, edgeCases = EdgeCasesMode.NONE)
  void whatTheLoopNeedsStaysWhateverTheConfiguration(@ForAll("runs") Run run) {
    assertThat(run.kept()).contains(run.newest(), Math.max(run.newest() - 1, 0));
    run.incarnations().forEach(i -> assertThat(run.kept()).contains(i.baseVersion()));
  }

  @Property(tries = TRIES, edgeCases = EdgeCasesMode.NONE)
  void onceCleanedItStaysAsItIs(@ForAll("runs") Run run) {
    assertThat(run.kept(run.kept(), run.config())).isEqualTo(run.kept());
  }

  @Property(tries = TRIES, edgeCases = EdgeCasesMode.NONE)
  void keepingMoreRemovesNothing(@ForAll("runs") Run run) {
    CheckpointConfig c = run.config();
    CheckpointConfig more =
        new CheckpointConfig(c.keepLast() + 1, c.keepEvery(), c.keepBest() + 1, c.keepOptimizer());
    assertThat(run.kept(run.versions(), more)).containsAll(run.kept());
  }

  @Property(tries = TRIES, edgeCases = EdgeCasesMode.NONE)
  void theDefaultsKeepTheFirstTheLastTwoTheBasesAndTheBest(@ForAll("runs") Run run) {
    TreeSet<Integer> expected = new TreeSet<>(List.of(0, run.newest()));
    expected.add(Math.max(run.newest() - 1, 0));
    run.incarnations().forEach(i -> expected.add(i.baseVersion()));
    run.evaluations().stream()
        .max(Comparator.comparingDouble(Evaluation::pass1Sampled))
        .ifPresent(best -> expected.add(best.policyVersion()));
    assertThat(run.kept(run.versions(), SpongeConfig.defaults().checkpoint())).isEqualTo(expected);
  }

  @Test
  void aRunWithoutPoliciesKeepsNothing() {
    assertThat(
            CheckpointPolicy.kept(
                List.of(), List.of(), List.of(), SpongeConfig.defaults().checkpoint()))
        .isEmpty();
  }
}
