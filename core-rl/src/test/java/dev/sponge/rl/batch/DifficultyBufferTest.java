package dev.sponge.rl.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sponge.rl.UserError;
import dev.sponge.rl.batch.DifficultyBuffer.Batch;
import dev.sponge.rl.batch.DifficultyBuffer.Candidates;
import dev.sponge.rl.batch.DifficultyBuffer.Reroll;
import dev.sponge.rl.batch.DifficultyBuffer.Threshold;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DifficultyBufferTest {
  private static final DifficultyBuffer PAPER = DifficultyBuffer.paper();

  /** B = 4, else as in the paper. */
  private static final DifficultyBuffer SMALL =
      new DifficultyBuffer(4, 3, new Reroll(5, 2, fixed(1)), fixed(1), fixed(5));

  private static Threshold fixed(int eighths) {
    return Threshold.fixed(eighths / 8.0);
  }

  private static RolledGroup group(String id, int version, int right) {
    return new RolledGroup(id, version, right / 8.0);
  }

  private static List<String> ids(List<RolledGroup> groups) {
    return groups.stream().map(RolledGroup::id).toList();
  }

  private static Batch compose(
      List<RolledGroup> fresh, List<RolledGroup> rerolled, List<RolledGroup> buffer) {
    return SMALL.compose(new Candidates(fresh, rerolled, buffer), 10, 0.5, 1);
  }

  @Test
  void freshGroupsNeedARightAndAWrongAnswer() {
    Batch batch =
        compose(
            List.of(group("a", 10, 0), group("b", 10, 1), group("c", 10, 7), group("d", 10, 8)),
            List.of(),
            List.of());
    assertThat(ids(batch.fresh())).containsExactly("b", "c");
    assertThat(batch.size()).isEqualTo(2);
  }

  @Test
  void rerolledGroupsMustHaveBecomeEasierButNotSolved() {
    Batch batch =
        compose(
            List.of(),
            List.of(group("a", 10, 0), group("b", 10, 1), group("c", 10, 2), group("d", 10, 8)),
            List.of());
    assertThat(ids(batch.rerolled())).containsExactly("c");
  }

  @Test
  void replayedGroupsLieInTheBandOfTheLastSteps() {
    Batch batch =
        compose(
            List.of(),
            List.of(),
            List.of(
                group("easy", 9, 6),
                group("hard", 9, 0),
                group("low", 9, 1),
                group("high", 7, 5),
                group("old", 6, 3),
                group("now", 10, 3)));
    assertThat(ids(batch.replayed())).containsExactly("high", "low");
  }

  @Test
  void freshComesFirstThenRerolledThenReplayedUpToB() {
    List<RolledGroup> fresh = List.of(group("f1", 10, 4), group("f2", 10, 4));
    List<RolledGroup> rerolled = List.of(group("r1", 10, 4));
    List<RolledGroup> buffer =
        List.of(group("b1", 9, 4), group("b2", 9, 4), group("r1", 8, 1), group("f2", 8, 4));
    Batch batch = compose(fresh, rerolled, buffer);
    assertThat(batch.fresh()).isEqualTo(fresh);
    assertThat(batch.rerolled()).isEqualTo(rerolled);
    assertThat(batch.replayed()).hasSize(1).isSubsetOf(buffer.subList(0, 2));

    List<RolledGroup> many = IntStream.range(0, 6).mapToObj(i -> group("m" + i, 10, 4)).toList();
    assertThat(compose(List.of(fresh.get(0), fresh.get(0)), List.of(), List.of()).size())
        .isEqualTo(1);
    Batch full = compose(many, rerolled, buffer);
    assertThat(full.fresh()).isEqualTo(many.subList(0, 4));
    assertThat(full.size()).isEqualTo(4);
  }

  @Test
  void latestGroupOfAPromptIsReplayed() {
    Batch batch = compose(List.of(), List.of(), List.of(group("a", 9, 4), group("a", 8, 2)));
    assertThat(batch.replayed()).containsExactly(group("a", 9, 4));
    // It has become too easy, so its older group is not taken in its place.
    assertThat(compose(List.of(), List.of(), List.of(group("a", 9, 8), group("a", 8, 4))).size())
        .isZero();
  }

  @Test
  void hardPromptsAreRerolledEveryFewSteps() {
    List<RolledGroup> buffer = List.of(group("zero", 9, 0), group("one", 9, 1), group("two", 9, 2));
    assertThat(ids(SMALL.dueForReroll(buffer, 10, 0.5, 1))).containsExactly("one", "zero");
    assertThat(SMALL.dueForReroll(buffer, 11, 0.5, 1)).isEmpty();
    // Too old to be replayed, but no round has come by since.
    assertThat(ids(SMALL.dueForReroll(List.of(group("a", 5, 0)), 10, 0.5, 1))).containsExactly("a");
    assertThat(SMALL.dueForReroll(List.of(), 0, 0.5, 1)).isEmpty();
    assertThat(new Reroll(5, 1, fixed(1)).dueAt(0)).isFalse();
  }

  @Test
  void rerollsAreLimitedAndOtherSeedsChooseOthers() {
    List<RolledGroup> buffer = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      buffer.add(group("p" + i, 9, 0));
    }
    List<RolledGroup> one = SMALL.dueForReroll(buffer, 10, 0.5, 1);
    assertThat(one).hasSize(2);
    assertThat(
            IntStream.range(0, 10).mapToObj(s -> SMALL.dueForReroll(buffer, 10, 0.5, s)).distinct())
        .hasSizeGreaterThan(3);
  }

  @Test
  void promptSolvedSinceIsNoLongerHard() {
    List<RolledGroup> buffer = List.of(group("a", 8, 0), group("a", 9, 4), group("b", 8, 0));
    assertThat(ids(SMALL.dueForReroll(buffer, 10, 0.5, 1))).containsExactly("b");
  }

  @Test
  void boundsRiseWithTheOverallAccuracy() {
    Threshold bound = new Threshold(1 / 8.0, 4 / 8.0);
    assertThat(bound.at(0)).isEqualTo(0.125);
    assertThat(bound.at(1)).isEqualTo(0.5);
    assertThat(bound.at(0.4)).isCloseTo(0.275, within(1e-12));
    assertThat(PAPER.low().at(0.7)).isEqualTo(0.125);
    assertThat(PAPER.high().at(0.7)).isEqualTo(0.625);
    assertThat(PAPER.batchGroups()).isEqualTo(256);

    DifficultyBuffer moving =
        new DifficultyBuffer(8, 3, SMALL.reroll(), bound, new Threshold(2 / 8.0, 5 / 8.0));
    List<RolledGroup> buffer =
        IntStream.rangeClosed(0, 8).mapToObj(n -> group("p" + n, 9, n)).toList();
    Candidates candidates = new Candidates(List.of(), List.of(), buffer);
    assertThat(ids(moving.compose(candidates, 10, 0, 1).replayed())).containsExactly("p1", "p2");
    assertThat(ids(moving.compose(candidates, 10, 1, 1).replayed())).containsExactly("p4", "p5");
  }

  @Test
  void accuracyAtABoundCountsWhateverTheRounding() {
    // 0.6 (0.7 - 0.2) + 0.2 = 0.49999999999999994 in binary.
    DifficultyBuffer buffer =
        new DifficultyBuffer(4, 3, SMALL.reroll(), fixed(1), new Threshold(0.2, 0.7));
    assertThat(buffer.high().at(0.6)).isLessThan(0.5);
    Candidates candidates = new Candidates(List.of(), List.of(), List.of(group("a", 9, 4)));
    assertThat(buffer.compose(candidates, 10, 0.6, 1).size()).isEqualTo(1);

    // 0.4 (0.6 - 0.1) + 0.1 = 0.30000000000000004 in binary.
    DifficultyBuffer other =
        new DifficultyBuffer(4, 3, SMALL.reroll(), new Threshold(0.1, 0.6), Threshold.fixed(1));
    assertThat(other.low().at(0.4)).isGreaterThan(0.3);
    RolledGroup atTheBound = new RolledGroup("a", 9, 0.3);
    assertThat(
            other
                .compose(new Candidates(List.of(), List.of(), List.of(atTheBound)), 10, 0.4, 1)
                .size())
        .isEqualTo(1);
  }

  @Provide
  Arbitrary<List<RolledGroup>> groups() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 15),
            Arbitraries.integers().between(5, 10),
            Arbitraries.integers().between(0, 8))
        .as((id, version, right) -> group("p" + id, version, right))
        .list()
        .ofMaxSize(25)
        .uniqueElements(g -> g.id() + "/" + g.version());
  }

  @Property
  void batchHoldsEachPromptOnceWithinItsBounds(
      @ForAll("groups") List<RolledGroup> groups,
      @ForAll @DoubleRange(min = 0, max = 1) double overall,
      @ForAll @IntRange(min = 0, max = 100) int seed) {
    List<RolledGroup> now = groups.stream().filter(g -> g.version() == 10).toList();
    List<RolledGroup> fresh = now.subList(0, now.size() / 2);
    List<RolledGroup> rerolled = now.subList(now.size() / 2, now.size());
    Batch batch = SMALL.compose(new Candidates(fresh, rerolled, groups), 10, overall, seed);
    List<RolledGroup> all =
        Stream.of(batch.fresh(), batch.rerolled(), batch.replayed()).flatMap(List::stream).toList();
    assertThat(all).hasSizeLessThanOrEqualTo(4);
    assertThat(new HashSet<>(ids(all))).hasSameSizeAs(all);
    assertThat(batch.replayed())
        .allMatch(g -> g.version() >= 7 && g.version() <= 9)
        .allMatch(g -> g.accuracy() >= 1 / 8.0 && g.accuracy() <= 5 / 8.0);
    assertThat(all).allMatch(g -> g.accuracy() > 0 && g.accuracy() < 1);
  }

  @Property
  void choiceDependsOnTheSeedAndNotOnTheOrderOfTheBuffer(
      @ForAll("groups") List<RolledGroup> groups, @ForAll @IntRange(min = 0, max = 100) int seed) {
    List<RolledGroup> reversed = new ArrayList<>(groups);
    Collections.reverse(reversed);
    Candidates candidates = new Candidates(List.of(), List.of(), groups);
    Candidates other = new Candidates(List.of(), List.of(), reversed);
    assertThat(SMALL.compose(candidates, 10, 0.5, seed))
        .isEqualTo(SMALL.compose(candidates, 10, 0.5, seed))
        .isEqualTo(SMALL.compose(other, 10, 0.5, seed));
    assertThat(SMALL.dueForReroll(groups, 10, 0.5, seed))
        .isEqualTo(SMALL.dueForReroll(reversed, 10, 0.5, seed));
  }

  @Test
  void valuesOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new Threshold(0.5, 0.4)).isInstanceOf(UserError.class);
    assertThatThrownBy(() -> new Reroll(0, 1, fixed(1)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("history.difficulty.reroll_every is 0");
    assertThatThrownBy(() -> new DifficultyBuffer(0, 3, SMALL.reroll(), fixed(1), fixed(5)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("rollout.prompts_per_step is 0");
    for (double accuracy : new double[] {-0.1, 1.1, Double.NaN}) {
      assertThatThrownBy(() -> new RolledGroup("a", 0, accuracy))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("accuracy of group a");
    }
    assertThatThrownBy(() -> fixed(1).at(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
    assertThat(Arrays.asList(PAPER.reroll().every(), PAPER.reroll().limit()))
        .containsExactly(5, 128);
  }
}
