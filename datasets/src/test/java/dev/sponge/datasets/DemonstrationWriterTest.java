package dev.sponge.datasets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sponge.rl.UserError;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DemonstrationWriterTest {
  private static final List<Problem> PROBLEMS =
      SyntheticMath.train(SyntheticMathSettings.of(7, 3000, 1, List.of(1, 2, 3)));
  private static final Problem EXAMPLE =
      Problem.of(
          SyntheticMath.SOURCE,
          Problem.TRAIN,
          "Start with 7. Add 5. Subtract 3. What is the result?\n",
          "9",
          2);
  private static final Pattern LINE = Pattern.compile("(\\d+)([-+*])(\\d+)=(\\d+)");

  private record Line(int left, Operation operation, int result) {
    boolean isRight() {
      return operation.apply(left) == result;
    }
  }

  private static List<String> responses(double selfCheckShare, NoiseSettings noise) {
    return writer(selfCheckShare, noise).write(PROBLEMS, PROBLEMS.size()).stream()
        .map(Demonstration::response)
        .toList();
  }

  private static DemonstrationWriter writer(double selfCheckShare, NoiseSettings noise) {
    return new DemonstrationWriter(new DemonstrationSettings(3, selfCheckShare, noise));
  }

  private static List<Line> lines(String text) {
    List<Line> lines = new ArrayList<>();
    Matcher matcher = LINE.matcher(text);
    while (matcher.find()) {
      lines.add(
          new Line(
              Integer.parseInt(matcher.group(1)),
              new Operation(
                  Operator.ofSymbol(matcher.group(2).charAt(0)),
                  Integer.parseInt(matcher.group(3))),
              Integer.parseInt(matcher.group(4))));
    }
    return lines;
  }

  private static List<Operation> operations(Problem problem) {
    return Template.parse(problem.prompt()).orElseThrow().operations();
  }

  private static boolean isRight(Problem problem, String response) {
    return response.endsWith("\\boxed{" + problem.answer() + "}");
  }

  private static double share(List<String> responses, Predicate<String> condition) {
    return responses.stream().filter(condition).count() / (double) responses.size();
  }

  @Test
  void without_noise_every_operation_has_its_line_and_the_box_follows() {
    assertThat(writer(0, NoiseSettings.NONE).write(EXAMPLE, 0))
        .isEqualTo(
            new Demonstration(
                EXAMPLE.promptId(), 0, EXAMPLE.prompt(), "7+5=12\n12-3=9\n\\boxed{9}"));
  }

  @Test
  void a_self_check_redoes_the_last_or_the_last_two_operations() {
    DemonstrationWriter writer = writer(1, NoiseSettings.NONE);
    List<String> responses =
        IntStream.range(0, 20)
            .mapToObj(index -> writer.write(EXAMPLE, index).response())
            .distinct()
            .toList();

    assertThat(responses)
        .containsExactlyInAnyOrder(
            "7+5=12\n12-3=9\nwait, let me check: 12-3=9\n\\boxed{9}",
            "7+5=12\n12-3=9\nwait, let me check: 7+5=12\n12-3=9\n\\boxed{9}");
  }

  @Test
  void without_noise_every_answer_is_right_with_or_without_a_self_check() {
    List<String> responses = responses(0.5, NoiseSettings.NONE);

    for (int i = 0; i < responses.size(); i++) {
      assertThat(isRight(PROBLEMS.get(i), responses.get(i))).as(responses.get(i)).isTrue();
    }
    assertThat(share(responses, text -> text.contains(DemonstrationWriter.SELF_CHECK)))
        .isCloseTo(0.5, within(0.03));
  }

  @Test
  void every_line_goes_on_from_the_line_before_and_stays_within_0_and_99() {
    List<String> responses = responses(0, new NoiseSettings(0.4, 0, 0.3, 0.2, 0, 0, 0));

    for (int i = 0; i < responses.size(); i++) {
      int value = Template.parse(PROBLEMS.get(i).prompt()).orElseThrow().start();
      for (Line line : lines(responses.get(i))) {
        assertThat(line.left()).as(responses.get(i)).isEqualTo(value);
        value = line.result();
        assertThat(value).isBetween(0, 99);
      }
      assertThat(responses.get(i)).endsWith("\\boxed{" + value + "}");
    }
  }

  @Test
  void a_wrong_answer_always_comes_from_a_wrong_step() {
    List<String> responses = responses(0, new NoiseSettings(0.2, 0, 0.1, 0.1, 0, 0, 0));

    for (int i = 0; i < responses.size(); i++) {
      List<Line> lines = lines(responses.get(i));
      boolean soundSteps =
          lines.stream().allMatch(Line::isRight)
              && lines.stream().map(Line::operation).toList().equals(operations(PROBLEMS.get(i)));
      if (soundSteps) {
        assertThat(isRight(PROBLEMS.get(i), responses.get(i))).isTrue();
      }
    }
    assertThat(share(responses, text -> lines(text).stream().allMatch(Line::isRight)))
        .isBetween(0.6, 0.8);
  }

  @Test
  void wrong_results_hit_single_lines_at_about_the_given_rate() {
    List<Line> lines =
        lines(String.join("\n", responses(0, new NoiseSettings(0.2, 0, 0, 0, 0, 0, 0))));

    assertThat(lines.stream().filter(line -> !line.isRight()).count() / (double) lines.size())
        .isBetween(0.15, 0.21);
  }

  private static Problem imperative(String operations, String answer) {
    String prompt = operations + " What is the result?\n";
    return Problem.of(SyntheticMath.SOURCE, Problem.TRAIN, prompt, answer, 1);
  }

  @Test
  void a_forgotten_carry_is_carried_on_into_the_next_lines() {
    DemonstrationWriter writer = writer(0, new NoiseSettings(0, 1, 0, 0, 0, 0, 0));
    Problem problem = imperative("Start with 17. Add 5. Subtract 8. Multiply by 3.", "42");
    Problem withoutCarry = imperative("Start with 14. Add 5. Subtract 8. Multiply by 3.", "33");

    assertThat(writer.write(problem, 0).response())
        .isEqualTo("17+5=12\n12-8=14\n14*3=32\n\\boxed{32}");
    assertThat(writer.write(withoutCarry, 0).response())
        .isEqualTo("14+5=19\n19-8=11\n11*3=33\n\\boxed{33}");
  }

  @Test
  void a_carry_is_not_forgotten_where_the_rest_of_the_chain_would_leave_the_range() {
    DemonstrationWriter writer = writer(0, new NoiseSettings(0, 1, 0, 0, 0, 0, 0));
    Problem problem = imperative("Start with 17. Add 5. Subtract 13.", "9");

    assertThat(writer.write(problem, 0).response()).isEqualTo("17+5=22\n22-13=19\n\\boxed{19}");
  }

  @Test
  void a_dropped_last_operation_leaves_the_intermediate_value_in_the_box() {
    DemonstrationWriter writer = writer(0, new NoiseSettings(0, 0, 0, 0, 1, 0, 0));
    assertThat(
            writer
                .write(imperative("Start with 7. Add 5. Subtract 3. Multiply by 2.", "18"), 0)
                .response())
        .isEqualTo("7+5=12\n12-3=9\n\\boxed{9}");
    assertThat(writer.write(imperative("Start with 7. Add 5.", "12"), 0).response())
        .isEqualTo("7+5=12\n\\boxed{12}");
  }

  @Test
  void a_self_check_may_find_a_forgotten_carry() {
    Problem problem = imperative("Start with 17. Add 5.", "22");

    assertThat(writer(1, new NoiseSettings(0, 1, 0, 0, 0, 0, 1)).write(problem, 0).response())
        .isEqualTo("17+5=12\nwait, let me check: 17+5=22\n\\boxed{22}");
    assertThat(writer(1, new NoiseSettings(0, 1, 0, 0, 0, 0, 0)).write(problem, 0).response())
        .isEqualTo("17+5=12\nwait, let me check: 17+5=12\n\\boxed{12}");
  }

  @Test
  void carries_are_forgotten_at_about_the_given_rate_and_nothing_else_goes_wrong() {
    SyntheticMathSettings small = new SyntheticMathSettings(7, 3000, 1, List.of(1, 2, 3), 99, 9, 3);
    List<Line> lines =
        writer(0, new NoiseSettings(0, 0.6, 0, 0, 0, 0, 0))
            .write(SyntheticMath.train(small), 3000)
            .stream()
            .flatMap(demonstration -> lines(demonstration.response()).stream())
            .toList();
    List<Line> carrying =
        lines.stream().filter(line -> line.operation().needsCarry(line.left())).toList();
    long forgotten = carrying.stream().filter(line -> !line.isRight()).count();

    assertThat(carrying).hasSizeGreaterThan(1500);
    assertThat(forgotten / (double) carrying.size()).isBetween(0.55, 0.61);
    assertThat(lines).filteredOn(line -> !line.isRight()).isSubsetOf(carrying);
  }

  @Test
  void wrong_copies_change_the_operation_but_not_the_arithmetic() {
    List<String> responses = responses(0, new NoiseSettings(0, 0, 0.2, 0, 0, 0, 0));
    int changed = 0;
    int all = 0;
    for (int i = 0; i < responses.size(); i++) {
      List<Line> lines = lines(responses.get(i));
      List<Operation> asked = operations(PROBLEMS.get(i));
      assertThat(lines).hasSameSizeAs(asked).allMatch(Line::isRight);
      for (int j = 0; j < lines.size(); j++) {
        changed += lines.get(j).operation().equals(asked.get(j)) ? 0 : 1;
        all++;
      }
    }
    assertThat(changed / (double) all).isBetween(0.14, 0.21);
  }

  @Test
  void skipped_steps_leave_out_operations_but_never_all() {
    List<String> responses = responses(0, new NoiseSettings(0, 0, 0, 0.9, 0, 0, 0));

    for (int i = 0; i < responses.size(); i++) {
      List<Operation> written = lines(responses.get(i)).stream().map(Line::operation).toList();
      assertThat(written).isNotEmpty().isSubsetOf(operations(PROBLEMS.get(i)));
    }
    assertThat(share(responses, text -> lines(text).size() == 1)).isGreaterThan(0.6);
  }

  @Test
  void a_broken_format_is_no_box_an_unclosed_box_or_text_after_it() {
    List<String> responses = responses(0, new NoiseSettings(0, 0, 0, 0, 0, 0.6, 0));

    assertThat(share(responses, text -> text.matches("(?s).*\n\\\\boxed\\{\\d+}")))
        .isCloseTo(0.4, within(0.03));
    assertThat(share(responses, text -> text.matches("(?s).*\n\\d+"))).isCloseTo(0.2, within(0.03));
    assertThat(share(responses, text -> text.matches("(?s).*\n\\\\boxed\\{\\d+")))
        .isCloseTo(0.2, within(0.03));
    assertThat(share(responses, text -> text.matches("(?s).*\n\\\\boxed\\{\\d+}\\.")))
        .isCloseTo(0.2, within(0.03));
  }

  @Test
  void a_self_check_that_finds_mends_slips_and_one_that_does_not_repeats_them() {
    double unchecked = shareRight(0, 0);
    double repeated = shareRight(1, 0);
    double found = shareRight(1, 1);

    assertThat(repeated).isEqualTo(unchecked, within(0.03));
    assertThat(found).isGreaterThan(unchecked + 0.15);
  }

  private static double shareRight(double selfCheckShare, double checkFinds) {
    List<String> responses =
        responses(selfCheckShare, new NoiseSettings(0.2, 0, 0.1, 0.05, 0, 0, checkFinds));
    int right = 0;
    for (int i = 0; i < responses.size(); i++) {
      right += isRight(PROBLEMS.get(i), responses.get(i)) ? 1 : 0;
    }
    return right / (double) responses.size();
  }

  @Test
  void the_default_noise_is_mediocre() {
    List<String> responses = responses(0.3, NoiseSettings.DEFAULT);
    int right = 0;
    for (int i = 0; i < responses.size(); i++) {
      right += isRight(PROBLEMS.get(i), responses.get(i)) ? 1 : 0;
    }
    assertThat(right / (double) responses.size()).isBetween(0.35, 0.5);
  }

  @Test
  void a_demonstration_depends_on_seed_problem_and_index_alone() {
    DemonstrationWriter writer = writer(0.5, NoiseSettings.DEFAULT);
    List<Problem> reversed = new ArrayList<>(PROBLEMS.subList(0, 50));
    Collections.reverse(reversed);

    assertThat(writer.write(reversed, 100))
        .containsExactlyInAnyOrderElementsOf(writer.write(PROBLEMS.subList(0, 50), 100));
    assertThat(writer.write(PROBLEMS.subList(0, 50), 50))
        .isNotEqualTo(
            new DemonstrationWriter(new DemonstrationSettings(4, 0.5, NoiseSettings.DEFAULT))
                .write(PROBLEMS.subList(0, 50), 50));
  }

  @Test
  void the_demonstrations_go_round_the_problems() {
    List<Demonstration> demonstrations =
        writer(0, NoiseSettings.DEFAULT).write(PROBLEMS.subList(0, 3), 7);

    assertThat(demonstrations)
        .extracting(Demonstration::index)
        .containsExactly(0, 0, 0, 1, 1, 1, 2);
    assertThat(demonstrations)
        .extracting(Demonstration::promptId)
        .startsWith(
            PROBLEMS.get(0).promptId(),
            PROBLEMS.get(1).promptId(),
            PROBLEMS.get(2).promptId(),
            PROBLEMS.get(0).promptId());
  }

  @Test
  void a_foreign_prompt_or_no_prompt_is_refused() {
    Problem foreign = Problem.of("gsm8k", Problem.TRAIN, "How old is the captain?\n", "42", 1);

    assertThatThrownBy(() -> writer(0, NoiseSettings.NONE).write(foreign, 0))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("gsm8k")
        .hasMessageContaining(foreign.promptId());
    assertThatThrownBy(() -> writer(0, NoiseSettings.NONE).write(List.of(), 1))
        .isInstanceOf(UserError.class);
  }

  @Test
  void a_probability_out_of_range_is_refused_with_the_key() {
    assertThatThrownBy(() -> new NoiseSettings(0, 0, 1.5, 0, 0, 0, 0))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("data.noise.wrong_copy = 1.5");
    assertThatThrownBy(() -> new NoiseSettings(0, 2, 0, 0, 0, 0, 0))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("data.noise.forgotten_carry = 2.0");
    assertThatThrownBy(() -> new DemonstrationSettings(1, Double.NaN, NoiseSettings.NONE))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("data.self_check_share = NaN");
  }
}
