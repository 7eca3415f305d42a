package dev.sponge.datasets;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class TemplateTest {
  private static final Chain CHAIN =
      new Chain(
          7,
          List.of(
              new Operation(Operator.ADD, 5),
              new Operation(Operator.SUBTRACT, 3),
              new Operation(Operator.MULTIPLY, 2)));

  @Test
  void an_expression_brackets_every_operation_but_the_last() {
    assertThat(Template.EXPRESSION.render(CHAIN, new SplittableRandom(1)))
        .isEqualTo("Compute ((7+5)-3)*2.\n");
  }

  @Test
  void an_imperative_names_one_operation_per_sentence() {
    assertThat(Template.IMPERATIVE.render(CHAIN, new SplittableRandom(1)))
        .isEqualTo("Start with 7. Add 5. Subtract 3. Multiply by 2. What is the result?\n");
  }

  @Test
  void a_story_tells_one_operation_per_sentence() {
    assertThat(Template.STORY.render(CHAIN, new SplittableRandom(1)))
        .matches(
            "(Mia|Ana|Leo|Tom) has 7 (\\w+)\\. (She|He) gets 5 more\\. \\3 gives away 3\\. "
                + "They grow 2-fold\\. How many \\2 are there\\?\n");
  }

  @Property(tries = 300)
  void every_wording_gives_back_its_chain(
      @ForAll("chains") Chain chain, @ForAll Template template, @ForAll long seed) {
    String prompt = template.render(chain, new SplittableRandom(seed));

    assertThat(Template.parse(prompt)).contains(chain);
  }

  @Provide
  static Arbitrary<Chain> chains() {
    Arbitrary<Operation> operations =
        Combinators.combine(Arbitraries.of(Operator.class), Arbitraries.integers().between(1, 99))
            .as(Operation::new);
    return Combinators.combine(
            Arbitraries.integers().between(0, 99), operations.list().ofMinSize(1).ofMaxSize(4))
        .as(Chain::new);
  }

  @Test
  void text_of_no_template_has_no_chain() {
    assertThat(
            List.of(
                "",
                "What is 7+5?\n",
                "Compute 7+5.",
                "Compute 7.\n",
                "Compute 7+5.\nCompute 7+5.\n",
                "Start with 7. What is the result?\n",
                "Mia has 7 apples. She eats 5. How many apples are there?\n"))
        .allSatisfy(text -> assertThat(Template.parse(text)).isEmpty());
  }
}
