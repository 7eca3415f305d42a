package dev.sponge.rl.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sponge.rl.UserError;
import dev.sponge.rl.training.ReMixSchedule.History;
import dev.sponge.rl.training.ReMixSchedule.Lambda;
import dev.sponge.rl.training.ReMixSchedule.LambdaClock;
import dev.sponge.rl.training.ReMixSchedule.Precedent;
import dev.sponge.rl.training.ReMixSchedule.Reincarnation;
import dev.sponge.rl.training.ReMixSchedule.Rounding;
import dev.sponge.rl.training.ReMixSchedule.VersionWindow;
import java.util.Arrays;
import java.util.OptionalInt;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ReMixScheduleTest {
  private static final int PAPER_BATCH = 256;

  private static ReMixSchedule paper(int reincarnationStep) {
    return schedule(new History(0.4, 2, Rounding.ROUND), at(reincarnationStep), Lambda.paper());
  }

  private static Reincarnation at(int step) {
    return new Reincarnation(OptionalInt.of(step), 1, false);
  }

  private static ReMixSchedule schedule(History history, Reincarnation at, Lambda lambda) {
    return new ReMixSchedule(history, 2, at, lambda, Precedent.K_MINUS_1);
  }

  @ParameterizedTest
  @CsvSource({
    "0,1",
    "1,1",
    "50,1",
    "51,0.9",
    "60,0.9",
    "61,0.8",
    "70,0.8",
    "71,0.7",
    "81,0.6",
    "90,0.6",
    "91,0.5",
    "100,0.5",
    "1000,0.5"
  })
  void lambdaOfThePaper(int t, double expected) {
    assertThat(Lambda.paper().at(t)).isCloseTo(expected, within(1e-12));
  }

  @Test
  void lambdaCountsTheFirstStepAsOne() {
    assertThat(paper(100).lambda(49)).isEqualTo(1);
    assertThat(paper(100).lambda(50)).isCloseTo(0.9, within(1e-12));
  }

  @Test
  void lambdaClockGoesOnOrStartsAgainAtTheReincarnation() {
    Lambda again = new Lambda(50, 10, 0.1, 0.5, LambdaClock.SINCE_REINCARNATION);
    ReMixSchedule restarted = schedule(History.none(), at(60), again);
    assertThat(restarted.lambda(59)).isCloseTo(0.9, within(1e-12)); // t = 60
    assertThat(restarted.lambda(60)).isEqualTo(1); // t = 1
    assertThat(restarted.lambda(110)).isCloseTo(0.9, within(1e-12)); // t = 51
    assertThat(paper(60).lambda(60)).isCloseTo(0.8, within(1e-12)); // t = 61
  }

  @Test
  void anotherShareChangesNothingElse() {
    ReMixSchedule schedule = paper(40);
    ReMixSchedule less = schedule.withShare(0.1);
    assertThat(less.historyShare(39, 0)).isEqualTo(0.1);
    assertThat(less.replayedGroups(39, 0, 30)).isEqualTo(3);
    assertThat(less.withShare(0.4)).isEqualTo(schedule);
    History history = new History(0.4, 3, Rounding.ROUND).after(2);
    ReMixSchedule warm =
        new ReMixSchedule(
            history, 2, Reincarnation.never(), Lambda.paper(), ReMixSchedule.Precedent.K);
    assertThat(warm.withShare(0.1).historyWindow(0, 0)).isEqualTo(warm.historyWindow(0, 0));
  }

  @Test
  void lastStepOfPhaseOneIsTMinusOne() {
    ReMixSchedule schedule = paper(40);
    assertThat(schedule.phase(39)).isEqualTo(Phase.OFF_POLICY);
    assertThat(schedule.phase(40)).isEqualTo(Phase.ON_POLICY);
    assertThat(schedule.reincarnatesAt(39)).isFalse();
    assertThat(schedule.reincarnatesAt(40)).isTrue();
    assertThat(schedule.reincarnatesAt(41)).isFalse();
    assertThat(schedule.passes(39)).isEqualTo(2);
    assertThat(schedule.passes(40)).isEqualTo(1);
    assertThat(schedule.historyShare(39, 0)).isEqualTo(0.4);
    assertThat(schedule.historyShare(40, 0)).isZero();
    assertThat(schedule.historyShare(45, 40)).isZero();
    assertThat(Phase.OFF_POLICY.number()).isEqualTo(1);
    assertThat(Phase.ON_POLICY.number()).isEqualTo(2);
  }

  @Test
  void withoutReincarnationPhaseOneNeverEnds() {
    ReMixSchedule schedule =
        schedule(new History(0.4, 2, Rounding.ROUND), Reincarnation.never(), Lambda.paper());
    assertThat(schedule.phase(1_000_000)).isEqualTo(Phase.OFF_POLICY);
    assertThat(schedule.reincarnatesAt(0)).isFalse();
  }

  @Test
  void stepZeroHasNoHistory() {
    assertThat(paper(40).historyShare(0, 0)).isZero();
    assertThat(paper(40).replayedGroups(0, 0, 32)).isZero();
    assertThat(paper(40).historyWindow(0, 0).size()).isZero();
    assertThat(paper(40).passes(0)).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"1,0,0,0", "2,0,0,1", "3,0,1,2", "10,0,8,9", "10,9,9,9"})
  void historyWindowHoldsTheLastVersionsFromTheStartOfHistory(
      int k, int historyFrom, int from, int to) {
    assertThat(paper(40).historyWindow(k, historyFrom)).isEqualTo(new VersionWindow(from, to));
  }

  @Test
  void versionsOfAnotherRunStandBeforeVersionZeroUntilTheReincarnation() {
    History history = new History(0.4, 3, Rounding.ROUND).after(2);
    ReMixSchedule warm = schedule(history, at(40), Lambda.paper());
    assertThat(warm.historyWindow(0, 0)).isEqualTo(new VersionWindow(-2, -1));
    assertThat(warm.historyWindow(1, 0)).isEqualTo(new VersionWindow(-2, 0));
    assertThat(warm.historyWindow(2, 0)).isEqualTo(new VersionWindow(-1, 1));
    assertThat(warm.historyWindow(5, 0)).isEqualTo(new VersionWindow(2, 4));
    assertThat(warm.replayedGroups(0, 0, 5)).isEqualTo(2);
    assertThat(warm.freshGroups(0, 0, 5)).isEqualTo(3);
    assertThat(warm.historyWindow(12, 10)).isEqualTo(new VersionWindow(10, 11));
  }

  @Test
  void historyThatStartsAtThisStepIsEmpty() {
    assertThat(paper(40).historyWindow(10, 10).size()).isZero();
    assertThat(paper(40).replayedGroups(10, 10, 32)).isZero();
  }

  @ParameterizedTest
  @CsvSource({"ROUND,13", "FLOOR,12", "CEIL,13"})
  void shareOfGroupsIsRounded(Rounding rounding, int expected) {
    ReMixSchedule schedule =
        schedule(new History(0.4, 2, rounding), Reincarnation.never(), Lambda.paper());
    assertThat(schedule.replayedGroups(5, 0, 32)).isEqualTo(expected); // 0.4 * 32 = 12.8
  }

  @ParameterizedTest
  @EnumSource(Rounding.class)
  void wholeShareStaysWholeInAnyRounding(Rounding rounding) {
    // In binary floating point 0.07 * 100 is 7.000000000000001 and CEIL would give 8.
    ReMixSchedule schedule =
        schedule(new History(0.07, 2, rounding), Reincarnation.never(), Lambda.paper());
    assertThat(schedule.replayedGroups(5, 0, 100)).isEqualTo(7);
  }

  @Test
  void noShareOrNoVersionsIsOnPolicy() {
    for (History none : new History[] {History.none(), new History(0, 2, Rounding.CEIL)}) {
      ReMixSchedule schedule = schedule(none, Reincarnation.never(), Lambda.paper());
      for (int k = 0; k < 5; k++) {
        assertThat(schedule.replayedGroups(k, 0, 32)).isZero();
      }
    }
  }

  /** The published volumes take no account of step 0, which has no history to replay. */
  @ParameterizedTest
  @CsvSource({
    "350,100,1,79360",
    "100,50,1,20480",
    "50,100,1,7680",
    "75,100,1,11520",
    "500,100,1,117760",
    "50,50,8,61440",
    "100,50,8,163840",
    "200,50,8,368640"
  })
  void rolloutVolumeIsThePublishedOnePlusTheFullStepZero(
      int steps, int reincarnationStep, int groupSize, double published) {
    ReMixSchedule schedule = paper(reincarnationStep);
    double fresh = 0;
    for (int k = 0; k < steps; k++) {
      fresh += groupSize * PAPER_BATCH * (1 - schedule.historyShare(k, 0));
    }
    double stepZero = 0.4 * groupSize * PAPER_BATCH;
    assertThat(fresh - stepZero).isCloseTo(published, within(1e-6));
  }

  @Test
  void precedentIsOneStepOlderOrThePolicyOfTheStep() {
    ReMixSchedule older = paper(40);
    assertThat(older.precedentVersion(0)).isZero();
    assertThat(older.precedentVersion(1)).isZero();
    assertThat(older.precedentVersion(40)).isEqualTo(39);
    ReMixSchedule same = new ReMixSchedule(History.none(), 1, at(40), Lambda.paper(), Precedent.K);
    assertThat(same.precedentVersion(0)).isZero();
    assertThat(same.precedentVersion(7)).isEqualTo(7);
  }

  @Test
  void precedentCanBeResetAtTheReincarnation() {
    ReMixSchedule schedule =
        schedule(History.none(), new Reincarnation(OptionalInt.of(40), 1, true), Lambda.paper());
    assertThat(schedule.precedentVersion(39)).isEqualTo(38);
    assertThat(schedule.precedentVersion(40)).isEqualTo(40);
    assertThat(schedule.precedentVersion(41)).isEqualTo(40);
  }

  @Test
  void allocationIsEvenWithTheRestOnTheNewestVersion() {
    assertThat(ReMixSchedule.uniformAllocation(13, new int[] {32, 19})).containsExactly(6, 7);
    assertThat(ReMixSchedule.uniformAllocation(13, new int[] {32})).containsExactly(13);
    assertThat(ReMixSchedule.uniformAllocation(13, new int[] {2, 19})).containsExactly(2, 11);
    assertThat(ReMixSchedule.uniformAllocation(13, new int[] {2, 3})).containsExactly(2, 3);
    assertThat(ReMixSchedule.uniformAllocation(0, new int[] {2, 3})).containsExactly(0, 0);
    assertThat(ReMixSchedule.uniformAllocation(5, new int[0])).isEmpty();
  }

  @Provide
  Arbitrary<int[]> groupCounts() {
    return Arbitraries.integers().between(0, 20).array(int[].class).ofMaxSize(5);
  }

  @Property
  void allocationNeverTakesMoreThanThereIsAndFillsUp(
      @ForAll @IntRange(min = 0, max = 60) int groups, @ForAll("groupCounts") int[] available) {
    int[] taken = ReMixSchedule.uniformAllocation(groups, available);
    assertThat(Arrays.stream(taken).sum())
        .isEqualTo(Math.min(groups, Arrays.stream(available).sum()));
    int most = Arrays.stream(taken).max().orElse(0);
    for (int i = 0; i < taken.length; i++) {
      assertThat(taken[i]).isBetween(0, available[i]);
      assertThat(taken[i] >= most - 1 || taken[i] == available[i]).isTrue();
    }
  }

  @Property
  void lambdaFallsFromOneToTheFloor(
      @ForAll @IntRange(min = 0, max = 100) int start,
      @ForAll @IntRange(min = 1, max = 30) int period,
      @ForAll @IntRange(min = 0, max = 300) int t) {
    Lambda lambda = new Lambda(start, period, 0.1, 0.5, LambdaClock.GLOBAL);
    assertThat(lambda.at(t)).isBetween(0.5, 1.0).isGreaterThanOrEqualTo(lambda.at(t + 1));
    assertThat(lambda.at(start)).isEqualTo(1);
    assertThat(lambda.at(start + 1)).isCloseTo(0.9, within(1e-12));
    assertThat(lambda.at(start + 5 * period)).isEqualTo(0.5);
  }

  @Test
  void contradictionsAndValuesOutOfRangeNameTheirKeys() {
    assertThatThrownBy(() -> new History(0.4, 0, Rounding.ROUND))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("history.share is 0.4 but history.versions is 0");
    assertThatThrownBy(() -> new History(1.1, 2, Rounding.ROUND))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("history.share is 1.1");
    assertThatThrownBy(() -> at(0))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("reincarnation.step is 0");
    assertThatThrownBy(() -> new Lambda(50, 0, 0.1, 0.5, LambdaClock.GLOBAL))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("objective.kl.lambda.period is 0");
    assertThatThrownBy(
            () -> new ReMixSchedule(History.none(), 0, at(1), Lambda.paper(), Precedent.K))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("training.passes is 0");
  }

  @ParameterizedTest
  @CsvSource({"1,32,32", "2,32,16", "3,32,11", "40,32,1"})
  void atShareOneAStepTrainsOnHistoryAndSamplesAPartOfItForLaterSteps(
      int versions, int groups, int sampled) {
    ReMixSchedule schedule =
        schedule(new History(1, versions, Rounding.ROUND), at(50), Lambda.paper());
    assertThat(schedule.trainsFresh(0, 0)).as("step 0 has no history").isTrue();
    assertThat(schedule.freshGroups(0, 0, groups)).isEqualTo(groups);
    assertThat(schedule.replayedGroups(0, 0, groups)).isZero();
    for (int k : new int[] {1, 2, 49}) {
      assertThat(schedule.trainsFresh(k, 0)).isFalse();
      assertThat(schedule.freshGroups(k, 0, groups)).isEqualTo(sampled);
      assertThat(schedule.replayedGroups(k, 0, groups)).isEqualTo(groups);
    }
    assertThat(schedule.trainsFresh(50, 50)).as("phase 2 is on-policy").isTrue();
    assertThat(schedule.freshGroups(50, 50, groups)).isEqualTo(groups);
  }

  @Test
  void belowShareOneWhatIsNotReplayedIsFreshAndTrains() {
    for (int k = 0; k < 60; k++) {
      int from = k < 40 ? 0 : 40;
      assertThat(paper(40).trainsFresh(k, from)).isTrue();
      assertThat(paper(40).freshGroups(k, from, 32) + paper(40).replayedGroups(k, from, 32))
          .isEqualTo(32);
    }
  }

  @Test
  void stepWithoutAFreshGroupIsRefused() {
    ReMixSchedule schedule =
        schedule(new History(0.6, 2, Rounding.ROUND), Reincarnation.never(), Lambda.paper());
    assertThatThrownBy(() -> schedule.replayedGroups(1, 0, 1))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("history.share 0.6 of 1 groups");
  }
}
