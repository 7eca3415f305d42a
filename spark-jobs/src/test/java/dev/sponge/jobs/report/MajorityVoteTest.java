package dev.sponge.jobs.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class MajorityVoteTest {
  private static final double CLOSE = 1e-12;

  /** Draws every subset of k responses and lets it vote. */
  private static double enumerated(int right, List<Integer> wrong, int silent, int k) {
    List<Integer> answers = new ArrayList<>(Collections.nCopies(right, 0));
    for (int i = 0; i < wrong.size(); i++) {
      answers.addAll(Collections.nCopies(wrong.get(i), i + 1));
    }
    answers.addAll(Collections.nCopies(silent, -1));
    double won = 0;
    int subsets = 0;
    for (int bits = 0; bits < 1 << answers.size(); bits++) {
      if (Integer.bitCount(bits) != k) {
        continue;
      }
      subsets++;
      int[] votes = new int[wrong.size() + 1];
      for (int i = 0; i < answers.size(); i++) {
        if ((bits >> i & 1) == 1 && answers.get(i) >= 0) {
          votes[answers.get(i)]++;
        }
      }
      int most = 0;
      int leaders = 0;
      for (int count : votes) {
        if (count > most) {
          most = count;
          leaders = 1;
        } else if (count == most) {
          leaders++;
        }
      }
      won += most > 0 && votes[0] == most ? 1.0 / leaders : 0;
    }
    return won / subsets;
  }

  @Property(tries = 150)
  void theEstimateIsThatOfAllSubsets(
      @ForAll @IntRange(max = 5) int right,
      @ForAll @Size(max = 4) List<@IntRange(max = 3) Integer> wrong,
      @ForAll @IntRange(max = 3) int silent,
      @ForAll @IntRange(min = 1, max = 12) int k) {
    if (k > right + silent + wrong.stream().mapToInt(Integer::intValue).sum()) {
      return;
    }
    assertThat(MajorityVote.estimate(right, wrong, silent, k))
        .isCloseTo(enumerated(right, wrong, silent, k), within(CLOSE));
  }

  @Property(tries = 100)
  void oneVoteIsPassAt1AndTheOrderOfAnswersDoesNotMatter(
      @ForAll @IntRange(max = 20) int right,
      @ForAll @Size(max = 6) List<@IntRange(max = 9) Integer> wrong,
      @ForAll @IntRange(max = 9) int silent,
      @ForAll Random random) {
    Tally tally = new Tally("p", right, wrong, silent);
    if (tally.responses() == 0) {
      return;
    }
    assertThat(tally.majority(1)).isCloseTo(tally.pass(1), within(CLOSE));
    List<Integer> shuffled = new ArrayList<>(wrong);
    Collections.shuffle(shuffled, random);
    for (int k = 1; k <= tally.responses(); k++) {
      assertThat(MajorityVote.estimate(right, shuffled, silent, k))
          .isBetween(0.0, tally.pass(k) + CLOSE)
          .isCloseTo(tally.majority(k), within(CLOSE));
    }
  }

  @Test
  void handComputed() {
    // Two right, one wrong: of the pairs one is right-right, two are ties.
    assertThat(MajorityVote.estimate(2, List.of(1), 0, 2)).isCloseTo(2.0 / 3, within(CLOSE));
    assertThat(MajorityVote.estimate(2, List.of(1), 0, 3)).isEqualTo(1);
    // All vote: 2 against 2 against 1 is a tie of two.
    assertThat(MajorityVote.estimate(2, List.of(2, 1), 0, 5)).isEqualTo(0.5);
    // Who has no answer does not vote: one right response wins against three silent ones.
    assertThat(MajorityVote.estimate(1, List.of(), 3, 4)).isEqualTo(1);
    assertThat(MajorityVote.estimate(0, List.of(1), 3, 2)).isZero();
    // 3 against 5 equal wrong answers, against 5 different ones, all voting.
    assertThat(MajorityVote.estimate(3, List.of(5), 0, 8)).isZero();
    assertThat(MajorityVote.estimate(3, List.of(1, 1, 1, 1, 1), 0, 8)).isEqualTo(1);
  }

  @Test
  void manyResponsesStayFinite() {
    assertThat(MajorityVote.estimate(100, Collections.nCopies(26, 6), 0, 64)).isBetween(0.999, 1.0);
    assertThatThrownBy(() -> MajorityVote.estimate(1, List.of(1), 0, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("maj@3");
  }
}
