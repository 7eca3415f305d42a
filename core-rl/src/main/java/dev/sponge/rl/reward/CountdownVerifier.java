package dev.sponge.rl.reward;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reward 1 if the answer is an expression over the given numbers that equals the target. The gold
 * answer is {@code {"numbers":[3,7,25],"target":46}}, integers from 0 to 10^9 and at most 20 of
 * them; the target may be negative.
 *
 * <p>The answer is the last {@code \boxed{...}} or {@code <answer>...</answer>}, whichever stands
 * later, and holds numbers, {@code + - * /} (or {@code \times \cdot \div}) and parentheses, no
 * signs and no other text. It is evaluated in exact rational arithmetic. The right format is one of
 * the two marks, once and closed, and no truncation.
 */
public final class CountdownVerifier extends AnswerVerifier<CountdownVerifier.Task> {
  private static final String OPEN = "<answer>";
  private static final String CLOSE = "</answer>";
  private static final int MOST_NUMBERS = 20;
  private static final long LARGEST = 1_000_000_000;

  private final boolean allNumbers;

  /** A gold answer. */
  record Task(List<Long> numbers, long target) {}

  /**
   * @param allNumbers whether every given number must be used; none may be used twice in any case
   */
  public CountdownVerifier(boolean allNumbers, double formatWeight) {
    super(formatWeight);
    this.allNumbers = allNumbers;
  }

  @Override
  public String id() {
    return "countdown";
  }

  @Override
  String rules() {
    return allNumbers ? "1" : "1+subset";
  }

  @Override
  String goldKind() {
    return "{\"numbers\":[..],\"target\":n}";
  }

  @Override
  Optional<Task> gold(String text) {
    try (JsonReader reader = new JsonReader(new StringReader(text))) {
      reader.setStrictness(Strictness.STRICT);
      JsonElement element = JsonParser.parseReader(reader);
      return reader.peek() == JsonToken.END_DOCUMENT && element.isJsonObject()
          ? task(element.getAsJsonObject())
          : Optional.empty();
    } catch (IOException | JsonParseException | ArithmeticException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Optional<Task> task(JsonObject object) {
    if (object.size() != 2 || !object.has("target") || !object.has("numbers")) {
      return Optional.empty();
    }
    if (!(object.get("numbers") instanceof JsonArray array)
        || array.isEmpty()
        || array.size() > MOST_NUMBERS) {
      return Optional.empty();
    }
    List<Long> numbers = new ArrayList<>();
    for (JsonElement item : array) {
      Optional<Long> number = integer(item).filter(value -> value >= 0);
      if (number.isEmpty()) {
        return Optional.empty();
      }
      numbers.add(number.get());
    }
    return integer(object.get("target")).map(target -> new Task(List.copyOf(numbers), target));
  }

  private static Optional<Long> integer(JsonElement element) {
    if (!element.isJsonPrimitive() || !element.getAsJsonPrimitive().isNumber()) {
      return Optional.empty();
    }
    BigDecimal number = element.getAsBigDecimal();
    boolean small = number.abs().compareTo(BigDecimal.valueOf(LARGEST)) <= 0;
    return small ? Optional.of(number.longValueExact()) : Optional.empty();
  }

  @Override
  Optional<String> answer(String response, boolean truncated) {
    Optional<Box.Found> box = Box.last(response);
    int open = response.lastIndexOf(OPEN);
    int close = open < 0 ? -1 : response.indexOf(CLOSE, open);
    if (close >= 0 && (box.isEmpty() || box.get().start() < open)) {
      return Optional.of(response.substring(open + OPEN.length(), close));
    }
    return box.map(Box.Found::content);
  }

  @Override
  String fault(Task gold, String answer) {
    CountdownExpression expression;
    try {
      expression = CountdownExpression.parse(answer, gold.numbers().size());
    } catch (CountdownExpression.Unusable e) {
      return e.getMessage();
    }
    List<Long> left = new ArrayList<>(gold.numbers());
    for (Long number : expression.numbers()) {
      if (!left.remove(number)) {
        return number + " is not given, or used up";
      }
    }
    if (allNumbers && !left.isEmpty()) {
      return "not all numbers used";
    }
    return expression.value().equals(Fraction.of(gold.target())) ? "" : "another value";
  }

  @Override
  boolean formatOk(String response, boolean truncated) {
    boolean tagged =
        response.contains(OPEN)
            && response.indexOf(OPEN) == response.lastIndexOf(OPEN)
            && response.indexOf(CLOSE, response.indexOf(OPEN)) >= 0;
    return tagged
        ? !truncated && Box.count(response) == 0
        : !response.contains(OPEN) && super.formatOk(response, truncated);
  }
}
