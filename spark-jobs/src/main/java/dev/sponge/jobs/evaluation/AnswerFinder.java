package dev.sponge.jobs.evaluation;

import dev.sponge.rl.reward.Box;
import dev.sponge.rl.reward.Verifier;
import dev.sponge.rl.reward.math.MathReward;
import dev.sponge.rl.reward.math.MathVerifier;
import dev.sponge.rl.reward.math.Preset;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The answer that a response votes for. */
interface AnswerFinder {
  /** The answer, spelled as every equal one; empty without one. */
  Optional<String> find(String response, boolean truncated);

  /** What goes with a verifier. */
  static AnswerFinder of(Verifier verifier) {
    return verifier instanceof MathReward
        ? Arrays.stream(Preset.values())
            .filter(preset -> new MathReward(preset, 0).id().equals(verifier.id()))
            .<AnswerFinder>map(Understood::new)
            .findFirst()
            .orElseThrow()
        : new BoxOrNumber();
  }

  /**
   * The answer as the math verifier understands it: 2x+1 and 1+x\cdot 2 are the same. One that it
   * does not understand stands for itself.
   */
  final class Understood implements AnswerFinder {
    /** Any that is understood: what is found does not depend on it. */
    private static final String GOLD = "0";

    private final MathVerifier verifier;

    Understood(Preset preset) {
      verifier = MathVerifier.of(preset);
    }

    @Override
    public Optional<String> find(String response, boolean truncated) {
      return Optional.of(verifier.verify(GOLD, response).answer().strip())
          .filter(answer -> !answer.isEmpty());
    }
  }

  /**
   * The content of the last {@code \boxed{...}} or, without one, the last number of a response that
   * is not truncated, without white space, dollar signs and thousands separators.
   */
  final class BoxOrNumber implements AnswerFinder {
    private static final String OPEN = "\\boxed{";
    // Possessive: linear in the response. A minus behind a digit or letter is an operator.
    private static final Pattern NUMBER =
        Pattern.compile("(?:(?<![\\p{Alnum})])-)?\\d++(?:,\\d{3}(?!\\d))*+(?:\\.\\d++)?+");
    private static final Pattern THOUSANDS = Pattern.compile("(?<=\\d),(?=\\d{3}(?!\\d))");
    private static final Pattern FILLING = Pattern.compile("[\\s$]+|\\.$");

    @Override
    public Optional<String> find(String response, boolean truncated) {
      Optional<String> found = Box.last(response).map(Box.Found::content);
      if (!response.contains(OPEN) && !truncated) {
        Matcher matcher = NUMBER.matcher(response);
        while (matcher.find()) {
          found = Optional.of(matcher.group());
        }
      }
      return found.map(BoxOrNumber::canonical).filter(answer -> !answer.isEmpty());
    }

    private static String canonical(String answer) {
      return THOUSANDS.matcher(FILLING.matcher(answer).replaceAll("")).replaceAll("");
    }
  }
}
