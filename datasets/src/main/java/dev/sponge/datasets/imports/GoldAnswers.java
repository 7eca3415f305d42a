package dev.sponge.datasets.imports;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import dev.sponge.datasets.RejectionReason;
import dev.sponge.rl.reward.Golds;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** How data sets write their gold answers. */
final class GoldAnswers {
  private static final String MARK = "####";
  private static final int MOST_DIGITS = 40;

  private GoldAnswers() {}

  /** A text or number as it stands. */
  static String plain(JsonElement answer) throws RowRejected {
    if (answer.isJsonNull()) {
      throw empty();
    }
    if (!(answer instanceof JsonPrimitive primitive) || primitive.isBoolean()) {
      throw new RowRejected(
          RejectionReason.UNPARSED_GOLD, "the answer is neither a text nor a number");
    }
    return filled(primitive.isNumber() ? number(primitive) : primitive.getAsString());
  }

  /** A list of accepted texts, or one. */
  static String accepted(JsonElement answer) throws RowRejected {
    if (!(answer instanceof JsonArray array)) {
      return plain(answer);
    }
    List<String> golds = new ArrayList<>();
    for (JsonElement item : array) {
      String gold = plain(item);
      if (!golds.contains(gold)) {
        golds.add(gold);
      }
    }
    if (golds.isEmpty()) {
      throw empty();
    }
    return Golds.text(golds);
  }

  /** A list of texts that all belong to the answer, each between dollars. */
  static String parts(JsonElement answer) throws RowRejected {
    if (!(answer instanceof JsonArray array)) {
      return undollared(plain(answer));
    }
    List<String> parts = new ArrayList<>();
    for (JsonElement item : array) {
      parts.add(undollared(plain(item)));
    }
    if (parts.isEmpty()) {
      throw empty();
    }
    return String.join(", ", parts);
  }

  private static String undollared(String text) {
    boolean one =
        text.length() > 2
            && text.startsWith("$")
            && text.endsWith("$")
            && text.chars().filter(c -> c == '$').count() == 2;
    return one ? text.substring(1, text.length() - 1).strip() : text;
  }

  /** An integer from 0 to 999, with or without leading zeros. */
  static String integer(JsonElement answer) throws RowRejected {
    String text = plain(answer);
    if (!text.matches("\\d{1,3}")) {
      throw new RowRejected(
          RejectionReason.UNPARSED_GOLD,
          "the answer '%s' is no integer from 0 to 999".formatted(shortened(text)));
    }
    return Integer.toString(Integer.parseInt(text));
  }

  /** A number. */
  static String numeric(JsonElement answer) throws RowRejected {
    String text = plain(answer);
    if (!text.matches("-?\\d{1,30}(\\.\\d{1,30})?")) {
      throw new RowRejected(
          RejectionReason.UNPARSED_GOLD, "the answer '%s' is no number".formatted(shortened(text)));
    }
    return plainNumber(new BigDecimal(text));
  }

  /** What follows four hashes at the end of a worked solution. */
  static String afterHashes(JsonElement answer) throws RowRejected {
    String text = plain(answer);
    int mark = text.lastIndexOf(MARK);
    if (mark < 0) {
      throw new RowRejected(
          RejectionReason.UNPARSED_GOLD, "the answer has no line that begins with " + MARK);
    }
    return filled(text.substring(mark + MARK.length()).replace(",", "").replace("$", ""));
  }

  static boolean hasHashes(String text) {
    return text.contains(MARK);
  }

  /** A worked solution without the marks of a calculator, such as {@code <<48/2=24>>}. */
  static String withoutCalculator(String solution) {
    return solution.replaceAll("<<[^<>\n]*>>", "");
  }

  /** What stands in the last box of a worked solution. */
  static String lastBox(JsonElement solution) throws RowRejected {
    String text = plain(solution);
    int at = Math.max(text.lastIndexOf("\\boxed"), text.lastIndexOf("\\fbox"));
    if (at < 0) {
      throw new RowRejected(RejectionReason.EMPTY_GOLD, "the solution has no \\boxed{...}");
    }
    String rest = text.substring(text.indexOf('x', text.indexOf("box", at)) + 1);
    rest = rest.startsWith("ed") ? rest.substring(2) : rest;
    if (!rest.startsWith("{")) {
      // \boxed 5: the next character or command is the argument.
      return filled(rest.strip().split("[\\s$.,]", 2)[0]);
    }
    int depth = 0;
    for (int i = 0; i < rest.length(); i++) {
      char c = rest.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '{') {
        depth++;
      } else if (c == '}' && --depth == 0) {
        return filled(rest.substring(1, i));
      }
    }
    throw new RowRejected(
        RejectionReason.UNPARSED_GOLD, "the last box of the solution is not closed");
  }

  private static String filled(String text) throws RowRejected {
    if (text.isBlank()) {
      throw empty();
    }
    return text.strip();
  }

  private static RowRejected empty() {
    return new RowRejected(RejectionReason.EMPTY_GOLD, "the row has no answer");
  }

  private static String number(JsonPrimitive number) throws RowRejected {
    String literal = number.getAsString();
    try {
      BigDecimal value = new BigDecimal(literal);
      if (Math.abs((long) value.scale()) + value.precision() <= MOST_DIGITS) {
        return plainNumber(value);
      }
    } catch (NumberFormatException e) {
      throw new RowRejected(
          RejectionReason.UNPARSED_GOLD, "the answer '%s' is no number".formatted(literal));
    }
    return literal;
  }

  /** 142.0 is 142. */
  private static String plainNumber(BigDecimal value) {
    return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
  }

  static String shortened(String text) {
    return text.length() > 60 ? text.substring(0, 60) + "..." : text;
  }
}
