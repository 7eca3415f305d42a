package dev.sponge.rl.reward.math;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Random expressions: equal to themselves and to their paraphrases, different from their
 * neighbours.
 */
class ParaphraseTest {
  /** An expression as a tree that can be written in several ways. */
  private sealed interface Tree {
    record Leaf(String text) implements Tree {}

    record Sum(List<Tree> terms) implements Tree {}

    record Product(List<Tree> factors) implements Tree {}

    record Quotient(Tree above, Tree below) implements Tree {}

    record Power(Tree base, int exponent) implements Tree {}

    record Root(Tree of) implements Tree {}
  }

  private static Arbitrary<Tree> leaves() {
    Arbitrary<Tree> numbers =
        Arbitraries.integers().between(1, 40).map(value -> new Tree.Leaf(String.valueOf(value)));
    Arbitrary<Tree> variables =
        Arbitraries.of("x", "y", "n", "\\alpha", "a_1", "\\pi").map(Tree.Leaf::new);
    return Arbitraries.oneOf(numbers, variables);
  }

  private static Arbitrary<Tree> trees(int depth) {
    if (depth == 0) {
      return leaves();
    }
    Arbitrary<Tree> inner = trees(depth - 1);
    Arbitrary<List<Tree>> several = inner.list().ofMinSize(2).ofMaxSize(3);
    return Arbitraries.oneOf(
        leaves(),
        several.map(Tree.Sum::new),
        several.map(Tree.Product::new),
        inner.flatMap(above -> inner.map(below -> new Tree.Quotient(above, below))),
        inner.flatMap(
            base ->
                Arbitraries.integers()
                    .between(2, 4)
                    .map(exponent -> new Tree.Power(base, exponent))),
        inner.map(Tree.Root::new));
  }

  @Provide
  Arbitrary<Tree> tree() {
    return trees(3);
  }

  private static String plain(Tree tree) {
    return written(tree, null);
  }

  /**
   * The expression as LaTeX; with a source of randomness commuted, spaced, expanded and respelled.
   */
  private static String written(Tree tree, Random random) {
    if (tree instanceof Tree.Leaf leaf) {
      return leaf.text();
    }
    if (tree instanceof Tree.Sum sum) {
      return joined(sum.terms(), random == null ? "+" : " + ", random);
    }
    if (tree instanceof Tree.Product product) {
      return joined(
          product.factors(),
          random == null ? "" : chosen(random, " \\cdot ", " \\times ", "*"),
          random);
    }
    if (tree instanceof Tree.Quotient quotient) {
      return quotient(quotient, random);
    }
    if (tree instanceof Tree.Power power) {
      String base = "(" + written(power.base(), random) + ")";
      boolean expanded = random != null && random.nextBoolean();
      return expanded
          ? (base + chosen(random, "", " \\cdot ")).repeat(power.exponent() - 1) + base
          : base + "^{" + power.exponent() + "}";
    }
    Tree.Root root = (Tree.Root) tree;
    boolean power = random != null && random.nextBoolean();
    return power
        ? "(" + written(root.of(), random) + ")^{1/2}"
        : "\\sqrt{" + written(root.of(), random) + "}";
  }

  private static String quotient(Tree.Quotient quotient, Random random) {
    String above = written(quotient.above(), random);
    String below = written(quotient.below(), random);
    if (random == null) {
      return "\\frac{" + above + "}{" + below + "}";
    }
    int factor = 2 + random.nextInt(8);
    return switch (random.nextInt(4)) {
      case 0 -> "\\dfrac{" + above + "}{" + below + "}";
      case 1 -> "(" + above + ") / (" + below + ")";
      case 2 -> "\\tfrac{" + factor + "(" + above + ")}{(" + below + ") \\cdot " + factor + "}";
      default -> "\\left(" + above + "\\right) \\cdot \\left(" + below + "\\right)^{-1}";
    };
  }

  private static String joined(List<Tree> trees, String sign, Random random) {
    List<Tree> ordered = new ArrayList<>(trees);
    if (random != null) {
      Collections.shuffle(ordered, random);
    }
    List<String> parts = new ArrayList<>();
    for (Tree tree : ordered) {
      parts.add("(" + written(tree, random) + ")");
    }
    return String.join(sign, parts);
  }

  private static String chosen(Random random, String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  @Property(tries = 400, seed = "20261123")
  void anExpressionIsEqualToItself(@ForAll("tree") Tree tree) {
    assertThat(Answers.compared(plain(tree), plain(tree)))
        .isEqualTo(new Comparison(Outcome.EQUAL, Method.TEXT));
  }

  @Property(tries = 600, seed = "20261123")
  void anExpressionIsEqualToItsParaphraseInBothDirections(
      @ForAll("tree") Tree tree, @ForAll long seed) {
    String paraphrase = written(tree, new Random(seed));
    assertThat(Answers.outcome(plain(tree), paraphrase))
        .as("%s and %s", plain(tree), paraphrase)
        .isEqualTo(Outcome.EQUAL);
    assertThat(Answers.outcome(paraphrase, plain(tree)))
        .as("%s and %s", paraphrase, plain(tree))
        .isEqualTo(Outcome.EQUAL);
  }

  @Property(tries = 600, seed = "20261123")
  void anExpressionIsDifferentFromItsNeighbour(@ForAll("tree") Tree tree, @ForAll long seed) {
    String neighbour = written(tree, new Random(seed)) + " + 1";
    assertThat(Answers.outcome(plain(tree), neighbour))
        .as("%s and %s", plain(tree), neighbour)
        .isEqualTo(Outcome.DIFFERENT);
  }

  @Property(tries = 400, seed = "20261123")
  void equalityIsSymmetric(@ForAll("tree") Tree first, @ForAll("tree") Tree second) {
    assertThat(Answers.outcome(plain(first), plain(second)))
        .isEqualTo(Answers.outcome(plain(second), plain(first)));
  }

  @Property(tries = 600, seed = "20261123")
  void anyTextHasAnOutcome(@ForAll String text) {
    assertThat(AnswerParser.parse(text, VerifyOptions.STANDARD)).isNotNull();
  }

  @Provide
  Arbitrary<String> fragments() {
    return Arbitraries.of(
            "\\frac",
            "{",
            "}",
            "1",
            "2",
            "x",
            "(",
            ")",
            "[",
            "]",
            ",",
            "+",
            "-",
            "^",
            "_",
            "\\sqrt",
            "=",
            "<",
            "\\cup",
            "\\text{or}",
            "|",
            "!",
            "%",
            "\\{",
            "\\}",
            " ",
            "\\pm",
            "e",
            "\\sin",
            "\\infty",
            ".",
            "'",
            ":",
            "\\text{cm}",
            "\\circ")
        .list()
        .ofMinSize(1)
        .ofMaxSize(14)
        .map(parts -> String.join("", parts));
  }

  @Property(tries = 1500, seed = "20261123")
  void whateverIsUnderstoodIsEqualToItself(@ForAll("fragments") String text) {
    if (AnswerParser.parse(text, VerifyOptions.STANDARD) instanceof ParseResult.Parsed parsed) {
      assertThat(
              AnswerComparer.compare(parsed.answer(), parsed.answer(), VerifyOptions.STANDARD)
                  .equal())
          .isTrue();
    }
  }
}
