package dev.sponge.datasets;

import java.util.List;
import java.util.SplittableRandom;

/**
 * A situation that tells a chain as a story. Sentences count without nouns, so that they are right
 * for any number. {@code $N} is a name, {@code $P} and {@code $p} the pronoun, {@code $T} things,
 * {@code $a} the first number and {@code $b} the operand.
 */
enum WordScene {
  SHOPPING(
      "$N has $a $T.",
      "$P buys $b more.",
      "$P gives $b of them to a friend.",
      "How many $T does $N have now?"),
  COLLECTION(
      "$N collects $T and starts the week with $a of them.",
      "On the next day $p finds $b more.",
      "Then $p loses $b of them.",
      "How many $T are in the collection of $N in the end?"),
  BUS(
      "A bus leaves the station with $a people on board.",
      "At the next stop $b more get on.",
      "At the next stop $b of them get off.",
      "How many people are on the bus now?"),
  BIRDS(
      "There are $a birds in a tree.",
      "Then $b more fly in.",
      "Then $b of them fly away.",
      "How many birds are left in the tree?"),
  BAKERY(
      "In the morning $N bakes $a rolls.",
      "Later $p bakes another $b.",
      "Customers buy $b of them.",
      "How many rolls does $N have left?"),
  LIBRARY(
      "A shelf in the library holds $a books.",
      "Readers bring back $b to it.",
      "Readers borrow $b from it.",
      "How many books are on the shelf now?"),
  MONEY(
      "$N has $a dollars.",
      "$P earns $b more by helping a neighbor.",
      "$P spends $b at the shop.",
      "How many dollars does $N have now?"),
  FARM(
      "A farmer owns $a sheep.",
      "In spring the farmer gets $b more.",
      "At the market the farmer sells $b of them.",
      "How many sheep does the farmer own now?"),
  GAME(
      "In a game $N scores $a points in the first round.",
      "In the next round $p wins $b more.",
      "In the next round $p loses $b of them.",
      "How many points does $N have at the end?"),
  PARKING(
      "At noon $a cars stand in a parking lot.",
      "In the next hour $b more arrive.",
      "In the next hour $b of them leave.",
      "How many cars stand in the parking lot then?"),
  JAR(
      "A jar on the table of $N contains $a marbles.",
      "$N puts $b more into it.",
      "$N takes $b out of it.",
      "How many marbles does the jar contain now?"),
  READING(
      "$N has to read $a pages for school.",
      "The teacher adds $b more.",
      "In the evening $p reads $b of them.",
      "How many pages does $N still have to read?"),
  GARDEN(
      "$N picks $a tomatoes in the garden.",
      "The neighbor brings $b more.",
      "The family eats $b of them for dinner.",
      "How many tomatoes are there now?");

  private record Person(String name, String pronoun) {}

  private static final List<Person> PEOPLE =
      List.of(
          new Person("Tom", "he"),
          new Person("Anna", "she"),
          new Person("Ben", "he"),
          new Person("Maria", "she"),
          new Person("Lucas", "he"),
          new Person("Emma", "she"),
          new Person("David", "he"),
          new Person("Sofia", "she"),
          new Person("Omar", "he"),
          new Person("Yuki", "she"));
  private static final List<String> THINGS =
      List.of(
          "apples",
          "stickers",
          "pencils",
          "stamps",
          "coins",
          "shells",
          "cards",
          "balloons",
          "buttons",
          "toy cars");

  /** Multiplication needs no scene of its own: it changes whatever was counted. */
  private static final List<String> MULTIPLY =
      List.of(
          "Then the number becomes $b times as large.",
          "After that there are $b times as many.",
          "Then the number is multiplied by $b.");

  private final String opening;
  private final String add;
  private final String subtract;
  private final String question;

  WordScene(String opening, String add, String subtract, String question) {
    this.opening = opening;
    this.add = add;
    this.subtract = subtract;
    this.question = question;
  }

  static String render(Chain chain, SplittableRandom random) {
    WordScene scene = values()[random.nextInt(values().length)];
    Person person = PEOPLE.get(random.nextInt(PEOPLE.size()));
    StringBuilder text =
        new StringBuilder(scene.opening.replace("$a", Integer.toString(chain.start())));
    for (Operation operation : chain.operations()) {
      String sentence =
          switch (operation.operator()) {
            case ADD -> scene.add;
            case SUBTRACT -> scene.subtract;
            case MULTIPLY -> MULTIPLY.get(random.nextInt(MULTIPLY.size()));
          };
      text.append(' ').append(sentence.replace("$b", Integer.toString(operation.operand())));
    }
    String pronoun = person.pronoun();
    return text.append(' ')
        .append(scene.question)
        .append('\n')
        .toString()
        .replace("$N", person.name())
        .replace(
            "$P", pronoun.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + pronoun.substring(1))
        .replace("$p", pronoun)
        .replace("$T", THINGS.get(random.nextInt(THINGS.size())));
  }
}
