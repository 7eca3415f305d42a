package dev.sponge.datasets;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Wording of a chain as a prompt. Every prompt ends with a newline, which is the generation prompt;
 * {@link #parse} gives back the chain of any prompt.
 */
enum Template {
  /** {@code Compute ((7+5)-3)*2.} */
  EXPRESSION {
    @Override
    String body(Chain chain, SplittableRandom random) {
      StringBuilder text = new StringBuilder();
      int last = chain.level() - 1;
      text.append("(".repeat(Math.max(0, last))).append(chain.start());
      for (int i = 0; i <= last; i++) {
        text.append(chain.operations().get(i).text()).append(i < last ? ")" : "");
      }
      return "Compute " + text + ".";
    }
  },

  /** {@code Start with 7. Add 5. Subtract 3. Multiply by 2. What is the result?} */
  IMPERATIVE {
    @Override
    String body(Chain chain, SplittableRandom random) {
      StringBuilder text = new StringBuilder("Start with ").append(chain.start()).append('.');
      for (Operation operation : chain.operations()) {
        String verb =
            switch (operation.operator()) {
              case ADD -> " Add ";
              case SUBTRACT -> " Subtract ";
              case MULTIPLY -> " Multiply by ";
            };
        text.append(verb).append(operation.operand()).append('.');
      }
      return text.append(" What is the result?").toString();
    }
  },

  /** {@code Mia has 7 apples. She gets 5 more. She gives away 3. How many apples are there?} */
  STORY {
    @Override
    String body(Chain chain, SplittableRandom random) {
      Person person = PEOPLE.get(random.nextInt(PEOPLE.size()));
      String things = THINGS.get(random.nextInt(THINGS.size()));
      StringBuilder text = new StringBuilder(person.name()).append(" has ");
      text.append(chain.start()).append(' ').append(things).append('.');
      for (Operation operation : chain.operations()) {
        int operand = operation.operand();
        switch (operation.operator()) {
          case ADD ->
              text.append(person.pronoun()).append(" gets ").append(operand).append(" more");
          case SUBTRACT -> text.append(person.pronoun()).append(" gives away ").append(operand);
          case MULTIPLY -> text.append(" They grow ").append(operand).append("-fold");
        }
        text.append('.');
      }
      return text.append(" How many ").append(things).append(" are there?").toString();
    }
  };

  private record Person(String name, String pronoun) {}

  private static final List<Person> PEOPLE =
      List.of(
          new Person("Mia", " She"),
          new Person("Ana", " She"),
          new Person("Leo", " He"),
          new Person("Tom", " He"));
  private static final List<String> THINGS = List.of("apples", "coins", "cards", "books");

  private static final Pattern EXPRESSION_PROMPT =
      Pattern.compile("Compute \\(*(\\d+)((?:[-+*]\\d+\\)?)+)\\.\n");
  private static final Pattern IMPERATIVE_PROMPT =
      Pattern.compile(
          "Start with (\\d+)\\.((?: (?:Add|Subtract|Multiply by) \\d+\\.)+)"
              + " What is the result\\?\n");
  private static final Pattern STORY_PROMPT =
      Pattern.compile(
          "\\w+ has (\\d+) \\w+\\."
              + "((?: (?:(?:She|He) (?:gets \\d+ more|gives away \\d+)|They grow \\d+-fold)\\.)+)"
              + " How many \\w+ are there\\?\n");
  private static final Pattern STEP =
      Pattern.compile("([-+*]|Add |Subtract |Multiply by |gets |gives away |They grow )(\\d+)");

  abstract String body(Chain chain, SplittableRandom random);

  /** The prompt text; {@code random} chooses names and things where the template has some. */
  String render(Chain chain, SplittableRandom random) {
    return body(chain, random) + "\n";
  }

  /** The chain a prompt asks for, empty if no template wrote the text. */
  static Optional<Chain> parse(String prompt) {
    for (Pattern pattern : List.of(EXPRESSION_PROMPT, IMPERATIVE_PROMPT, STORY_PROMPT)) {
      Matcher matcher = pattern.matcher(prompt);
      if (matcher.matches()) {
        return Optional.of(
            new Chain(Integer.parseInt(matcher.group(1)), operations(matcher.group(2))));
      }
    }
    return Optional.empty();
  }

  private static List<Operation> operations(String text) {
    List<Operation> operations = new ArrayList<>();
    Matcher matcher = STEP.matcher(text);
    while (matcher.find()) {
      Operator operator =
          switch (matcher.group(1).strip()) {
            case "+", "Add", "gets" -> Operator.ADD;
            case "-", "Subtract", "gives away" -> Operator.SUBTRACT;
            default -> Operator.MULTIPLY;
          };
      operations.add(new Operation(operator, Integer.parseInt(matcher.group(2))));
    }
    return operations;
  }
}
