package dev.sponge.datasets;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class WordSceneTest {
  private static final SyntheticMathSettings SETTINGS =
      SyntheticMathSettings.of(7, 1200, 200, List.of(1, 2, 3));
  private static final Pattern NUMBER = Pattern.compile("\\d+");

  /** Words of the sentences that subtract. */
  private static final Pattern LESS =
      Pattern.compile("give|lose|get off|away|Customers|borrow|spend|sell|leave|takes|reads|eats");

  private static List<Problem> all(SyntheticMathSettings settings) {
    return Stream.concat(
            SyntheticMath.train(settings, ProblemStyle.WORD).stream(),
            SyntheticMath.test(settings, ProblemStyle.WORD).stream())
        .toList();
  }

  /** Reads the story as a person would, sentence by sentence. */
  private static int told(String prompt) {
    String[] sentences = prompt.strip().split("(?<=\\.) ", -1);
    int value = 0;
    for (int i = 0; i < sentences.length - 1; i++) {
      Matcher matcher = NUMBER.matcher(sentences[i]);
      assertThat(matcher.find()).as(sentences[i]).isTrue();
      int number = Integer.parseInt(matcher.group());
      assertThat(matcher.find()).as(sentences[i]).isFalse();
      if (i == 0) {
        value = number;
      } else if (sentences[i].contains("times") || sentences[i].contains("multiplied")) {
        value *= number;
      } else {
        value += LESS.matcher(sentences[i]).find() ? -number : number;
      }
    }
    return value;
  }

  @Test
  void theAnswerIsWhatTheStoryTells() {
    assertThat(all(SETTINGS))
        .allSatisfy(
            problem -> {
              assertThat(told(problem.prompt())).isEqualTo(Integer.parseInt(problem.answer()));
              assertThat(Integer.parseInt(problem.answer())).isBetween(0, 99);
              assertThat(problem.prompt()).endsWith("?\n").doesNotContain("$");
              assertThat(problem.source()).isEqualTo("word-math");
            });
  }

  @Test
  void everySceneOccurs() {
    Set<String> questions =
        all(SETTINGS).stream()
            .map(p -> p.prompt().replaceAll("(?s).*\\. (How many )\\S+( \\S+)?", "$1").strip())
            .collect(Collectors.toSet());
    assertThat(WordScene.values()).hasSizeGreaterThanOrEqualTo(12);
    assertThat(questions).hasSizeGreaterThanOrEqualTo(12);
  }

  @Test
  void aStoryReadsLikeThis() {
    Chain chain =
        new Chain(3, List.of(new Operation(Operator.ADD, 5), new Operation(Operator.SUBTRACT, 2)));
    Set<String> texts =
        IntStream.range(0, 20_000)
            .mapToObj(seed -> WordScene.render(chain, new SplittableRandom(seed)))
            .collect(Collectors.toSet());
    assertThat(texts)
        .contains(
            "Tom has 3 apples. He buys 5 more. He gives 2 of them to a friend."
                + " How many apples does Tom have now?\n");
  }

  @Test
  void theSameSettingsGiveTheSameProblemsAndASmallerSetIsAPrefix() {
    assertThat(all(SETTINGS)).isEqualTo(all(SETTINGS));
    SyntheticMathSettings smaller = SyntheticMathSettings.of(7, 100, 50, List.of(1, 2, 3));
    assertThat(SyntheticMath.train(smaller, ProblemStyle.WORD))
        .isEqualTo(SyntheticMath.train(SETTINGS, ProblemStyle.WORD).subList(0, 100));
  }

  @Test
  void theSplitOfAChainIsTheSameInEveryStyle() {
    Set<String> trained =
        SyntheticMath.train(SETTINGS, ProblemStyle.WORD).stream()
            .map(WordSceneTest::numbers)
            .collect(Collectors.toSet());
    Set<String> held =
        SyntheticMath.test(SETTINGS, ProblemStyle.WORD).stream()
            .map(WordSceneTest::numbers)
            .collect(Collectors.toSet());
    assertThat(held).hasSizeGreaterThan(100).doesNotContainAnyElementsOf(trained);
  }

  /** Numbers and answer of a problem; operators follow from them for most. */
  private static String numbers(Problem problem) {
    return problem.prompt().replaceAll("[^0-9.]+", "")
        + (problem.prompt().contains("times") || problem.prompt().contains("multiplied") ? "*" : "")
        + "="
        + problem.answer();
  }
}
