package dev.sponge.datasets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.sponge.rl.UserError;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Countdown and linear equations, and what all kinds of problems share. */
class ProblemStyleTest {
  private static final Pattern SIDE =
      Pattern.compile("(-?)(\\d*)(x|\\(x ([-+]) (\\d+)\\))(?: ([-+]) (\\d+))?");
  private static final Pattern EQUATION =
      Pattern.compile(
          "(?:Solve for x: (.*)|Find x if (.*)\\.|What is the value of x if (.*)\\?)\n");

  private static SyntheticMathSettings settings(long seed, int train, int test) {
    List<Integer> levels = List.of(1, 2, 3);
    return SyntheticMathSettings.of(seed, train, test, levels);
  }

  private static List<Problem> problems(ProblemStyle style, List<Integer> levels) {
    SyntheticMathSettings settings = SyntheticMathSettings.of(11, 400, 80, levels);
    return Stream.concat(
            SyntheticMath.train(settings, style).stream(),
            SyntheticMath.test(settings, style).stream())
        .toList();
  }

  @ParameterizedTest
  @EnumSource(ProblemStyle.class)
  void theSameSettingsGiveTheSameProblemsAndASmallerSetIsAPrefix(ProblemStyle style) {
    List<Problem> problems = SyntheticMath.train(settings(7, 300, 60), style);
    assertThat(SyntheticMath.train(settings(7, 300, 60), style)).isEqualTo(problems);
    assertThat(SyntheticMath.train(settings(7, 60, 10), style)).isEqualTo(problems.subList(0, 60));
    assertThat(SyntheticMath.train(settings(8, 300, 60), style)).isNotEqualTo(problems);
    assertThat(problems).extracting(Problem::source).containsOnly(style.source());
    assertThat(problems.subList(0, 4)).extracting(Problem::level).containsExactly(1, 2, 3, 1);
    assertThat(problems).extracting(Problem::promptId).doesNotHaveDuplicates();
    assertThat(problems).allMatch(problem -> problem.prompt().endsWith("\n"));
  }

  @ParameterizedTest
  @EnumSource(
      value = ProblemStyle.class,
      names = {"COUNTDOWN", "LINEAR"})
  void trainAndTestShareNoTaskUnderAnySeed(ProblemStyle style) {
    Set<String> trained = new HashSet<>();
    Set<String> held = new HashSet<>();
    for (long seed = 0; seed < 4; seed++) {
      trained.addAll(tasks(SyntheticMath.train(settings(seed, 600, 1), style)));
      held.addAll(tasks(SyntheticMath.test(settings(seed, 1, 150), style)));
    }
    assertThat(trained).hasSizeGreaterThan(1_500);
    assertThat(held).hasSizeGreaterThan(200).doesNotContainAnyElementsOf(trained);
  }

  /** The numbers of a Countdown problem, or the sides of an equation. */
  private static Set<String> tasks(List<Problem> problems) {
    return problems.stream()
        .map(
            problem ->
                problem.source().equals(CountdownTask.SOURCE)
                    ? numbers(problem).stream().sorted().toList().toString()
                    : Stream.of(equation(problem)).sorted().toList().toString())
        .collect(Collectors.toSet());
  }

  private static List<Integer> numbers(Problem problem) {
    JsonObject gold = JsonParser.parseString(problem.answer()).getAsJsonObject();
    List<Integer> numbers = new ArrayList<>();
    for (JsonElement number : gold.getAsJsonArray("numbers")) {
      numbers.add(number.getAsInt());
    }
    return numbers;
  }

  @Test
  void everyCountdownProblemHasASolutionAndItsNumbersHaveOneTarget() {
    List<Problem> problems = problems(ProblemStyle.COUNTDOWN, List.of(1, 2, 3, 4));
    Set<List<Integer>> seen = new HashSet<>();
    for (Problem problem : problems) {
      JsonObject gold = JsonParser.parseString(problem.answer()).getAsJsonObject();
      int target = gold.get("target").getAsInt();
      List<Integer> numbers = numbers(problem);
      assertThat(numbers).hasSize(problem.level() + 1).allMatch(n -> n >= 1 && n <= 99);
      assertThat(target).isBetween(1, 999);
      assertThat(problem.prompt())
          .contains("equals " + target + ",")
          .contains(numbers.stream().map(String::valueOf).collect(Collectors.joining(", ")));
      assertThat(reaches(numbers, target)).as(problem.prompt()).isTrue();
      assertThat(seen.add(numbers.stream().sorted().toList())).as(problem.prompt()).isTrue();
    }
  }

  /** Whether positive integers on the way lead from the numbers to the target. */
  private static boolean reaches(List<Integer> numbers, int target) {
    if (numbers.size() == 1) {
      return numbers.get(0) == target;
    }
    for (int i = 0; i < numbers.size(); i++) {
      for (int j = 0; j < numbers.size(); j++) {
        if (i == j || numbers.get(i) < numbers.get(j)) {
          continue;
        }
        int a = numbers.get(i);
        int b = numbers.get(j);
        List<Integer> results = new ArrayList<>(List.of(a + b, a * b));
        if (a > b) {
          results.add(a - b);
        }
        if (a % b == 0) {
          results.add(a / b);
        }
        for (int result : results) {
          List<Integer> left = new ArrayList<>(numbers);
          left.remove(Math.max(i, j));
          left.remove(Math.min(i, j));
          left.add(result);
          if (reaches(left, target)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static String[] equation(Problem problem) {
    Matcher matcher = EQUATION.matcher(problem.prompt());
    assertThat(matcher.matches()).as(problem.prompt()).isTrue();
    String text = matcher.group(1);
    text = text == null ? matcher.group(2) : text;
    text = text == null ? matcher.group(3) : text;
    return text.split(" = ", -1);
  }

  @Test
  void everyEquationHoldsForItsAnswerAlone() {
    for (Problem problem : problems(ProblemStyle.LINEAR, List.of(1, 2, 3, 4))) {
      String[] sides = equation(problem);
      String[] answer = problem.answer().split("/", -1);
      long numerator = Long.parseLong(answer[0]);
      long denominator = answer.length > 1 ? Long.parseLong(answer[1]) : 1;
      for (long off = 0; off <= 1; off++) {
        long left = scaled(sides[0], numerator + off, denominator);
        long right = scaled(sides[1], numerator + off, denominator);
        assertThat(left == right).as(problem.prompt() + problem.answer()).isEqualTo(off == 0);
      }
      assertThat(BigInteger.valueOf(numerator).gcd(BigInteger.valueOf(denominator)))
          .isEqualTo(BigInteger.ONE.max(BigInteger.valueOf(numerator == 0 ? denominator : 1)));
      switch (problem.level()) {
        case 1 -> assertThat(sides[1]).matches("-?\\d+");
        case 2 -> assertThat(problem.answer()).matches("-?\\d+");
        case 3 -> assertThat(problem.answer()).matches("-?\\d+/\\d+");
        default -> assertThat(sides[0] + sides[1]).contains("(x ");
      }
    }
  }

  /** A side at x = n/d, times d. */
  private static long scaled(String side, long n, long d) {
    if (side.matches("-?\\d+")) {
      return Long.parseLong(side) * d;
    }
    Matcher matcher = SIDE.matcher(side);
    assertThat(matcher.matches()).as(side).isTrue();
    long factor = matcher.group(2).isEmpty() ? 1 : Long.parseLong(matcher.group(2));
    long shift = matcher.group(4) == null ? 0 : number(matcher.group(4), matcher.group(5));
    long constant = matcher.group(6) == null ? 0 : number(matcher.group(6), matcher.group(7));
    return (matcher.group(1).isEmpty() ? factor : -factor) * (n + shift * d) + constant * d;
  }

  private static long number(String sign, String digits) {
    return sign.equals("-") ? -Long.parseLong(digits) : Long.parseLong(digits);
  }

  @Test
  void theFirstProblemsStayWhatTheyAre() {
    assertThat(SyntheticMath.train(settings(7, 3, 1), ProblemStyle.COUNTDOWN))
        .extracting(problem -> problem.prompt().split(",", -1)[0] + " " + problem.answer())
        .containsExactly(
            "Write an expression that equals 27 {\"numbers\":[87,60],\"target\":27}",
            "Write an expression that equals 29 {\"numbers\":[95,11,55],\"target\":29}",
            "Write an expression that equals 74 {\"numbers\":[14,74,60,46],\"target\":74}");
    assertThat(SyntheticMath.train(settings(7, 3, 1), ProblemStyle.LINEAR))
        .extracting(problem -> problem.prompt() + problem.answer())
        .containsExactly(
            "What is the value of x if -9x - 26 = 172?\n-22",
            "Find x if 6x + 28 = -5x - 225.\n-23",
            "Solve for x: 7x - 5 = -7x - 13\n-4/7");
  }

  @Test
  void everyOperatorIsNeededSomewhere() {
    SplittableRandom random = new SplittableRandom(5);
    List<Integer> targets = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      CountdownTask task = CountdownTask.draw(1, 20, random);
      int a = Math.max(task.numbers().get(0), task.numbers().get(1));
      int b = Math.min(task.numbers().get(0), task.numbers().get(1));
      targets.add(List.of(a + b, a - b, a * b, a % b == 0 ? a / b : -1).lastIndexOf(task.target()));
    }
    for (int operator = 0; operator < 4; operator++) {
      int index = operator;
      assertThat(targets.stream().filter(found -> found == index).count()).isGreaterThan(15);
    }
  }

  @Test
  void moreProblemsThanExistAreRefused() {
    SyntheticMathSettings settings =
        new SyntheticMathSettings(1, 60, 1, List.of(1), 9, 9, 9); // 45 pairs of numbers
    assertThatThrownBy(() -> SyntheticMath.train(settings, ProblemStyle.COUNTDOWN))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("data.train_problems");
  }
}
