package dev.sponge.rl.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sponge.rl.UserError;
import dev.sponge.rl.batch.ReplayCandidate.Worth;
import dev.sponge.rl.batch.ReplaySelector.EffectiveSamples;
import dev.sponge.rl.batch.ReplaySelector.Newest;
import dev.sponge.rl.batch.ReplaySelector.Priority;
import dev.sponge.rl.batch.ReplaySelector.Uniform;
import dev.sponge.rl.generation.TokenRandom;
import dev.sponge.rl.training.ReMixSchedule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ReplaySelectorTest {
  private static final Priority LINEAR_DECAY = new Priority(0, 0, 1, 1, 2, 0);

  private static ReplayCandidate candidate(String id, int lag, long draw, Worth worth) {
    return new ReplayCandidate(id, lag, 10, draw, worth);
  }

  private static ReplayCandidate of(String id, int lag, long draw) {
    return candidate(id, lag, draw, new Worth(0.5, 0.25, 1, 0.5));
  }

  private static List<String> ids(List<ReplayCandidate> candidates) {
    return candidates.stream().map(ReplayCandidate::id).toList();
  }

  @Provide
  Arbitrary<List<ReplayCandidate>> candidates() {
    Arbitrary<Worth> worth =
        Combinators.combine(
                Arbitraries.of(0.0, 0.25, 1.0),
                Arbitraries.of(0.0, 0.5),
                Arbitraries.integers().between(0, 3),
                Arbitraries.of(0.1, 0.5, 0.9))
            .as(Worth::new);
    // Few different draws: equal ones must be told apart by the id.
    return Combinators.combine(
            Arbitraries.integers().between(1, 3),
            Arbitraries.longs().between(1, 50),
            Arbitraries.longs().between(-2, 2),
            worth)
        .as(ReplaySelectorTest::anonymous)
        .list()
        .ofMaxSize(20)
        .map(
            list ->
                IntStream.range(0, list.size())
                    .mapToObj(i -> named("g" + i, list.get(i)))
                    .toList());
  }

  private static ReplayCandidate anonymous(int lag, long tokens, long draw, Worth worth) {
    return new ReplayCandidate("", lag, tokens, draw, worth);
  }

  private static ReplayCandidate named(String id, ReplayCandidate c) {
    return new ReplayCandidate(id, c.lag(), c.tokens(), c.draw(), c.worth());
  }

  @Provide
  Arbitrary<ReplaySelector> selectors() {
    return Arbitraries.of(
        new Uniform(),
        new Newest(),
        new EffectiveSamples(),
        LINEAR_DECAY,
        new Priority(1, 2, 0.5, 0, 0.1, 0.3));
  }

  @Property(tries = 300)
  void aChoiceIsOfDifferentCandidatesWithinItsLimitsAndAsLongAsTheyAllow(
      @ForAll("selectors") ReplaySelector selector,
      @ForAll("candidates") List<ReplayCandidate> candidates,
      @ForAll @IntRange(max = 20) int groups,
      @ForAll @IntRange(max = 400) int budget) {
    List<ReplayCandidate> chosen = selector.choose(candidates, groups, budget);
    assertThat(candidates).containsAll(chosen);
    assertThat(chosen).doesNotHaveDuplicates().hasSizeLessThanOrEqualTo(groups);
    List<ReplayCandidate> order = selector.order(candidates);
    assertThat(order).containsExactlyInAnyOrderElementsOf(candidates);
    assertThat(order.subList(0, chosen.size())).isEqualTo(chosen);
    long tokens = chosen.stream().mapToLong(ReplayCandidate::tokens).sum();
    if (budget > 0) {
      assertThat(tokens).isLessThanOrEqualTo(budget);
    }
    if (chosen.size() < Math.min(groups, candidates.size())) {
      assertThat(tokens + order.get(chosen.size()).tokens()).isGreaterThan(budget);
      assertThat(budget).isPositive();
    }
  }

  @Property(tries = 200)
  void theOrderOfTheCandidatesDoesNotMatter(
      @ForAll("selectors") ReplaySelector selector,
      @ForAll("candidates") List<ReplayCandidate> candidates,
      @ForAll Random random) {
    List<ReplayCandidate> shuffled = new ArrayList<>(candidates);
    Collections.shuffle(shuffled, random);
    assertThat(selector.order(shuffled)).isEqualTo(selector.order(candidates));
  }

  @Property(tries = 200)
  void uniformTakesAsManyOfEachVersionAsTheScheduleAllots(
      @ForAll("candidates") List<ReplayCandidate> candidates,
      @ForAll @IntRange(max = 20) int groups) {
    int[] oldestFirst = new int[3];
    candidates.forEach(c -> oldestFirst[3 - c.lag()]++);
    int[] expected = ReMixSchedule.uniformAllocation(groups, oldestFirst);
    int[] taken = new int[3];
    new Uniform().choose(candidates, groups, 0).forEach(c -> taken[3 - c.lag()]++);
    assertThat(taken).isEqualTo(expected);
  }

  @Test
  void newestGoesByAgeAndThenByChance() {
    List<ReplayCandidate> candidates = List.of(of("a", 2, 1), of("b", 1, 5), of("c", 1, -5));
    assertThat(ids(new Newest().order(candidates))).containsExactly("c", "b", "a");
    assertThat(ids(new Uniform().order(candidates))).containsExactly("c", "a", "b");
  }

  @Test
  void effectiveSamplesGoBeforeAge() {
    List<ReplayCandidate> candidates =
        List.of(
            candidate("new", 1, 0, new Worth(1, 1, 0, 0.6)),
            candidate("near", 3, 1, new Worth(0, 0, 5, 0.9)),
            candidate("far", 1, 2, new Worth(1, 1, 0, 0.2)));
    assertThat(ids(new EffectiveSamples().order(candidates))).containsExactly("near", "new", "far");
  }

  @Test
  void priorityByHand() {
    Priority priority = new Priority(2, 4, 0.5, 0.25, 0.125, 0);
    ReplayCandidate old = candidate("old", 3, 0, new Worth(0.75, 0.5, 2, Double.NaN));
    // 0.5^2 (2 * 0.75 + 4 * 0.5) - 0.25 * 3 - 0.125 * 2 = 0.875 - 0.75 - 0.25
    assertThat(priority.score(old)).isEqualTo(-0.125);
    Priority noisy = new Priority(2, 4, 0.5, 0.25, 0.125, 0.1);
    assertThat(noisy.score(old)).isEqualTo(noisy.score(old)).isNotEqualTo(-0.125);
    double[] noise =
        IntStream.range(0, 2000)
            .mapToLong(i -> TokenRandom.seed(1, i, "old", 0))
            .mapToDouble(draw -> noisy.score(candidate("old", 3, draw, old.worth())) + 0.125)
            .toArray();
    double variance = Arrays.stream(noise).map(z -> z * z).average().orElseThrow();
    assertThat(Math.sqrt(variance)).isCloseTo(0.1, within(0.01));
    assertThatThrownBy(() -> new Priority(0, 0, 0, 0, 0, 0))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("history.priority.decay");
  }

  @Test
  void linearDecayOfVersionAndUseCountOrdersAsTheVersionMinusTwiceTheUses() {
    // model_version - 2 use_count in step 10: 9 - 2 = 7, 8 - 0 = 8, 7 - 4 = 3.
    List<ReplayCandidate> candidates =
        List.of(
            candidate("used", 1, 0, new Worth(1, 1, 1, 1)),
            candidate("held", 2, 0, new Worth(0, 0, 0, 0)),
            candidate("spent", 3, 0, new Worth(1, 1, 2, 1)));
    assertThat(ids(LINEAR_DECAY.order(candidates))).containsExactly("held", "used", "spent");
  }
}
