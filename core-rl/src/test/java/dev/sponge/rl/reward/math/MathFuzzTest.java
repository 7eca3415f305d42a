package dev.sponge.rl.reward.math;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sponge.rl.reward.math.ParseResult.Parsed;
import java.nio.charset.StandardCharsets;

/**
 * Whatever a model writes: extraction, parsing and comparison end, and equality is reflexive and
 * symmetric.
 *
 * <p>The default test command replays the corpus in {@code MathFuzzTestInputs}. To search for new
 * inputs, one method at a time:
 *
 * <pre>
 * JAZZER_FUZZ=1 ./mvnw -pl core-rl test -Dtest=MathFuzzTest#anyTwoAnswersCompare -Djazzer.hooks=true
 * </pre>
 */
class MathFuzzTest {
  private static final long LONGEST_NANOS = 5_000_000_000L;

  @FuzzTest(maxDuration = "5m")
  @DictionaryFile(resourcePath = "math.dict")
  void anyResponseGetsAVerdict(byte[] bytes) {
    String response = new String(bytes, StandardCharsets.UTF_8);
    long begin = System.nanoTime();
    for (Preset preset : Preset.values()) {
      MathVerifier verifier = MathVerifier.of(preset);
      if (!verifier.verify("7919", response).equals(verifier.verify("7919", response))) {
        throw new AssertionError("two verdicts on one response");
      }
    }
    FormatCheck.THOUGHT_AND_BOX.fault(response, false);
    checkTime(begin);
  }

  /** The two answers stand in lines; what follows the second line break belongs to the second. */
  @FuzzTest(maxDuration = "5m")
  @DictionaryFile(resourcePath = "math.dict")
  void anyTwoAnswersCompare(byte[] bytes) {
    String[] lines = new String(bytes, StandardCharsets.UTF_8).split("\n", 2);
    long begin = System.nanoTime();
    VerifyOptions options = MathVerifier.options(Preset.REWARD);
    ParseResult one = AnswerParser.parse(lines[0], options);
    ParseResult other = AnswerParser.parse(lines[lines.length - 1], options);
    if (one instanceof Parsed first) {
      Comparison same = AnswerComparer.compare(first.answer(), first.answer(), options);
      if (same.outcome() == Outcome.DIFFERENT) {
        throw new AssertionError("not equal to itself: " + lines[0]);
      }
      if (other instanceof Parsed second && !hasUnit(first) && !hasUnit(second)) {
        Comparison there = AnswerComparer.compare(first.answer(), second.answer(), options);
        Comparison back = AnswerComparer.compare(second.answer(), first.answer(), options);
        if (there.equal() != back.equal()) {
          throw new AssertionError(there + " and " + back + ": " + lines[0] + " | " + lines[1]);
        }
      }
    }
    checkTime(begin);
  }

  /** Words behind a number may be left out only if the gold answer has them. */
  private static boolean hasUnit(Parsed parsed) {
    return parsed.answer().canonical().contains(" [");
  }

  private static void checkTime(long begin) {
    if (System.nanoTime() - begin > LONGEST_NANOS) {
      throw new AssertionError("took longer than " + LONGEST_NANOS / 1e9 + " s");
    }
  }
}
