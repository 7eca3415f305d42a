package dev.sponge.datasets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.rl.UserError;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SyntheticMathTest {
  private static final SyntheticMathSettings SETTINGS =
      SyntheticMathSettings.of(7, 1200, 400, List.of(1, 2, 3, 4));

  private static Chain chain(Problem problem) {
    return Template.parse(problem.prompt()).orElseThrow();
  }

  private static Set<String> chains(List<Problem> problems) {
    return problems.stream().map(problem -> chain(problem).canonical()).collect(Collectors.toSet());
  }

  @Test
  void the_same_settings_give_the_same_problems() {
    assertThat(SyntheticMath.train(SETTINGS)).isEqualTo(SyntheticMath.train(SETTINGS));
    assertThat(SyntheticMath.test(SETTINGS)).isEqualTo(SyntheticMath.test(SETTINGS));
  }

  @Test
  void the_first_problems_stay_what_they_were_in_earlier_versions() {
    assertThat(SyntheticMath.train(SETTINGS).subList(0, 4))
        .extracting(problem -> problem.prompt() + problem.answer())
        .containsExactly(
            "Ana has 76 apples. She gets 9 more. How many apples are there?\n85",
            "Start with 84. Subtract 14. Add 26. What is the result?\n96",
            "Ana has 84 cards. She gets 6 more. She gives away 49. She gives away 37. "
                + "How many cards are there?\n4",
            "Mia has 78 coins. She gets 15 more. She gives away 12. She gets 12 more. "
                + "She gets 5 more. How many coins are there?\n98");
  }

  @Test
  void another_seed_gives_other_problems() {
    SyntheticMathSettings other = SyntheticMathSettings.of(8, 1200, 400, List.of(1, 2, 3, 4));

    assertThat(SyntheticMath.train(other)).isNotEqualTo(SyntheticMath.train(SETTINGS));
  }

  @Test
  void a_smaller_set_is_a_prefix_of_a_larger_one() {
    SyntheticMathSettings smaller = SyntheticMathSettings.of(7, 100, 50, List.of(1, 2, 3, 4));

    assertThat(SyntheticMath.train(smaller))
        .isEqualTo(SyntheticMath.train(SETTINGS).subList(0, 100));
    assertThat(SyntheticMath.test(smaller)).isEqualTo(SyntheticMath.test(SETTINGS).subList(0, 50));
  }

  @Test
  void the_answer_is_what_the_text_asks_for() {
    assertThat(all(SETTINGS))
        .allSatisfy(
            problem ->
                assertThat(problem.answer())
                    .isEqualTo(Integer.toString(PromptEvaluator.evaluate(problem.prompt()))));
  }

  @Test
  void every_value_on_the_way_lies_between_0_and_99() {
    assertThat(all(SETTINGS))
        .allSatisfy(
            problem -> {
              Chain chain = chain(problem);
              int value = chain.start();
              assertThat(value).isBetween(2, 99);
              for (Operation operation : chain.operations()) {
                assertThat(operation.operand())
                    .isBetween(1, operation.operator() == Operator.MULTIPLY ? 9 : 50);
                value = operation.apply(value);
                assertThat(value).isBetween(0, 99);
              }
            });
  }

  @Test
  void the_levels_take_turns_and_count_the_operations() {
    List<Problem> problems = SyntheticMath.train(SyntheticMathSettings.of(1, 6, 1, List.of(3, 1)));

    assertThat(problems).extracting(Problem::level).containsExactly(3, 1, 3, 1, 3, 1);
    assertThat(problems)
        .allSatisfy(problem -> assertThat(chain(problem).level()).isEqualTo(problem.level()));
  }

  @Test
  void every_wording_and_operator_occurs() {
    List<Problem> problems = SyntheticMath.train(SETTINGS);

    for (String opening : List.of("Compute", "Start", "(Mia|Ana|Leo|Tom) has")) {
      assertThat(problems.stream().filter(p -> p.prompt().matches("(?s)" + opening + ".*")).count())
          .isBetween(300L, 500L);
    }
    for (Operator operator : Operator.values()) {
      assertThat(
              problems.stream()
                  .flatMap(problem -> chain(problem).operations().stream())
                  .filter(operation -> operation.operator() == operator)
                  .count())
          .isGreaterThan(300);
    }
  }

  @Test
  void train_and_test_share_no_problem_in_any_wording_nor_under_other_seeds() {
    Set<String> held = new HashSet<>();
    Set<String> trained = new HashSet<>();
    for (long seed = 0; seed < 5; seed++) {
      SyntheticMathSettings settings = SyntheticMathSettings.of(seed, 800, 200, List.of(1, 2));
      trained.addAll(chains(SyntheticMath.train(settings)));
      held.addAll(chains(SyntheticMath.test(settings)));
    }

    assertThat(held).doesNotContainAnyElementsOf(trained);
  }

  @Test
  void no_chain_occurs_twice_in_a_split() {
    assertThat(chains(SyntheticMath.train(SETTINGS))).hasSize(1200);
    assertThat(chains(SyntheticMath.test(SETTINGS))).hasSize(400);
    assertThat(all(SETTINGS)).extracting(Problem::promptId).doesNotHaveDuplicates();
  }

  @Test
  void ids_and_hashes_follow_from_the_content() {
    Problem problem = Problem.of("s", Problem.TRAIN, "p", "1", 1);

    assertThat(problem.promptId()).matches("[0-9a-f]{16}");
    assertThat(problem.contentHash()).matches("[0-9a-f]{64}");
    assertThat(Problem.of("s", Problem.TEST, "p", "2", 1).promptId()).isEqualTo(problem.promptId());
    assertThat(Problem.of("s", Problem.TRAIN, "q", "1", 1).promptId())
        .isNotEqualTo(problem.promptId());
    assertThat(Problem.of("sp", Problem.TRAIN, "", "1", 1).promptId())
        .isNotEqualTo(problem.promptId());
    assertThat(Problem.of("s", Problem.TRAIN, "p", "2", 1).contentHash())
        .isNotEqualTo(problem.contentHash());
  }

  @Test
  void more_problems_than_exist_are_refused_with_the_key() {
    SyntheticMathSettings settings = new SyntheticMathSettings(1, 2000, 1, List.of(1), 99, 3, 1);

    assertThatThrownBy(() -> SyntheticMath.train(settings))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("data.train_problems")
        .hasMessageContaining("data.levels");
  }

  @Test
  void settings_out_of_range_are_refused_with_the_key() {
    assertRefused("data.train_problems = 0", 0, 1, List.of(1), 50, 9);
    assertRefused("data.test_problems = -1", 1, -1, List.of(1), 50, 9);
    assertRefused("data.levels = []", 1, 1, List.of(), 50, 9);
    assertRefused("data.levels = [1, 5]", 1, 1, List.of(1, 5), 50, 9);
    assertRefused("data.levels = [2, 2]", 1, 1, List.of(2, 2), 50, 9);
    assertRefused("data.max_operand = 100", 1, 1, List.of(1), 100, 9);
    assertRefused("data.max_factor = 0", 1, 1, List.of(1), 50, 0);
  }

  private static void assertRefused(
      String message, int train, int test, List<Integer> levels, int maxOperand, int maxFactor) {
    assertThatThrownBy(
            () -> new SyntheticMathSettings(1, train, test, levels, 99, maxOperand, maxFactor))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(message);
  }

  private static List<Problem> all(SyntheticMathSettings settings) {
    return Stream.concat(
            SyntheticMath.train(settings).stream(), SyntheticMath.test(settings).stream())
        .toList();
  }
}
