package dev.sponge.rl.reward.math;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** Parses, compares and reads what the tests of the math package share. */
final class Answers {
  private Answers() {}

  static Answer parsed(String text) {
    ParseResult result = AnswerParser.parse(text, VerifyOptions.STANDARD);
    if (result instanceof ParseResult.Refused refused) {
      throw new AssertionError(text + ": " + refused);
    }
    return ((ParseResult.Parsed) result).answer();
  }

  static Comparison compared(String gold, String answer) {
    return compared(gold, answer, VerifyOptions.STANDARD);
  }

  static Comparison compared(String gold, String answer, VerifyOptions options) {
    return AnswerComparer.compare(parsed(gold), parsed(answer), options);
  }

  /** The outcome for two texts, refused ones included. */
  static Outcome outcome(String gold, String answer) {
    ParseResult first = AnswerParser.parse(gold, VerifyOptions.STANDARD);
    ParseResult second = AnswerParser.parse(answer, VerifyOptions.STANDARD);
    if (first instanceof ParseResult.Parsed left && second instanceof ParseResult.Parsed right) {
      return AnswerComparer.compare(left.answer(), right.answer(), VerifyOptions.STANDARD)
          .outcome();
    }
    return first instanceof ParseResult.Refused refused
        ? refused.outcome()
        : ((ParseResult.Refused) second).outcome();
  }

  /** The lines of a list among the test's resources, without headings. */
  static List<String> lines(String name) {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(Answers.class.getResourceAsStream("/math/" + name), name),
                StandardCharsets.UTF_8))) {
      return reader.lines().filter(line -> !line.isBlank() && !line.startsWith("# ")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
