package dev.sponge.rl.reward.math;

import dev.sponge.rl.reward.Verdict;
import dev.sponge.rl.reward.Verifier;
import dev.sponge.rl.reward.math.MathVerifier.Judgement;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * Reward 1 if the answer is mathematically equal to the gold answer, else 0, and what the right
 * format adds to it ({@link FormatCheck}).
 *
 * <p>A truncated response is judged by what it says, but its format is wrong. An answer past a
 * bound or not understood is wrong; a gold answer that is not understood fails.
 */
public final class MathReward implements Verifier {
  private final Preset preset;
  private final double formatWeight;
  private final FormatCheck format;
  private final MathVerifier verifier;

  /**
   * With one box as the right format.
   *
   * @param formatWeight 0 or more, finite; what the right format adds to the reward
   */
  public MathReward(Preset preset, double formatWeight) {
    this(preset, formatWeight, FormatCheck.BOX);
  }

  /**
   * With a format of choice.
   *
   * @param formatWeight 0 or more, finite; what the right format adds to the reward
   * @param format the right format
   */
  public MathReward(Preset preset, double formatWeight, FormatCheck format) {
    if (!(formatWeight >= 0) || Double.isInfinite(formatWeight)) {
      throw new IllegalArgumentException("formatWeight is " + formatWeight);
    }
    this.preset = preset;
    this.formatWeight = formatWeight;
    this.format = Objects.requireNonNull(format, "format");
    this.verifier = MathVerifier.of(preset);
  }

  @Override
  public String id() {
    return switch (preset) {
      case REWARD -> "math";
      case MATH_VERIFY, DEEPSCALER -> preset.label();
    };
  }

  @Override
  public String version() {
    return "1"
        + (formatWeight == 0 ? "" : "+format" + formatWeight)
        + (format.thought() ? "+think" : "");
  }

  @Override
  public Verdict verify(String response, String goldAnswer, boolean truncated) {
    if (response == null || goldAnswer == null) {
      return Verdict.failed(response == null ? "no response" : "no gold answer");
    }
    Judgement judgement = verifier.judge(goldAnswer, response);
    Optional<String> goldFault = judgement.goldFault();
    if (goldFault.isPresent()) {
      return Verdict.failed("gold answer not understood: " + goldFault.get());
    }
    boolean correct = judgement.verdict().equal();
    String fault = format.fault(response, truncated);
    double reward = (correct ? 1 : 0) + (fault.isEmpty() ? formatWeight : 0);
    return Verdict.scored(reward, correct, fault.isEmpty(), detail(judgement.verdict(), fault));
  }

  private static String detail(MathVerdict verdict, String fault) {
    String outcome = words(verdict.outcome());
    String method = verdict.method() == Method.NONE ? "" : ", " + words(verdict.method());
    return outcome + method + (fault.isEmpty() ? "" : "; " + fault);
  }

  private static String words(Enum<?> label) {
    return label.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
