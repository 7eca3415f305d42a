package dev.sponge.jobs.run;

import static dev.sponge.jobs.config.RewardConfig.Verifier.HTTP;

import dev.sponge.jobs.config.Choice;
import dev.sponge.jobs.config.RewardConfig;
import dev.sponge.jobs.table.Reward;
import dev.sponge.rl.UserError;
import dev.sponge.rl.reward.BoxedIntegerVerifier;
import dev.sponge.rl.reward.CountdownVerifier;
import dev.sponge.rl.reward.ExactMatchVerifier;
import dev.sponge.rl.reward.FinalIntegerVerifier;
import dev.sponge.rl.reward.MultipleChoiceVerifier;
import dev.sponge.rl.reward.NumericVerifier;
import dev.sponge.rl.reward.RewardStatus;
import dev.sponge.rl.reward.Verdict;
import dev.sponge.rl.reward.Verifier;
import dev.sponge.rl.reward.http.HttpSettings;
import dev.sponge.rl.reward.http.HttpVerifier;
import dev.sponge.rl.reward.math.MathReward;
import dev.sponge.rl.reward.math.Preset;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The verifiers that exist, by the name that table rewards knows them by: {@code id@version}. */
public final class Verifiers {
  private static final Pattern PARAMETER =
      Pattern.compile("(format|relative|absolute)(\\d+\\.\\d+(?:E-?\\d+)?)|(response|subset)");

  private Verifiers() {}

  /** What judges by these settings; each call makes one anew, on the driver or in a task. */
  public static Verifier of(RewardConfig reward) {
    double formatWeight = reward.formatWeight();
    return switch (reward.verifier()) {
      case BOXED_INTEGER -> new BoxedIntegerVerifier();
      case FINAL_INTEGER -> new FinalIntegerVerifier(formatWeight);
      case MATH -> new MathReward(Preset.REWARD, formatWeight);
      case MATH_VERIFY -> new MathReward(Preset.MATH_VERIFY, formatWeight);
      case DEEPSCALER -> new MathReward(Preset.DEEPSCALER, formatWeight);
      case EXACT_MATCH -> new ExactMatchVerifier(part(reward.exactMatch().part()), formatWeight);
      case MULTIPLE_CHOICE -> new MultipleChoiceVerifier(formatWeight);
      case NUMERIC ->
          new NumericVerifier(
              reward.numeric().relative(), reward.numeric().absolute(), formatWeight);
      case COUNTDOWN -> new CountdownVerifier(reward.countdown().allNumbers(), formatWeight);
      case HTTP -> new HttpVerifier(settings(reward.http()));
    };
  }

  private static ExactMatchVerifier.Part part(RewardConfig.ExactMatch.Part part) {
    return switch (part) {
      case LAST_BOX -> ExactMatchVerifier.Part.LAST_BOX;
      case RESPONSE -> ExactMatchVerifier.Part.RESPONSE;
    };
  }

  private static HttpSettings settings(RewardConfig.Http http) {
    return new HttpSettings(
        URI.create(http.url()),
        http.version(),
        seconds(http.timeoutSeconds()),
        http.retries(),
        seconds(http.backOffSeconds()),
        http.failuresToOpen(),
        seconds(http.openSeconds()));
  }

  private static Duration seconds(double seconds) {
    return Duration.ofNanos(Math.round(seconds * 1e9));
  }

  /** {@code id@version}. */
  public static String name(Verifier verifier) {
    return verifier.id() + "@" + verifier.version();
  }

  /**
   * The verifier with this name. Its version holds all that shapes a verdict; time limits and
   * retries of a service are the defaults.
   *
   * @throws UserError naming those that are known
   */
  public static Verifier named(String name) {
    Optional<Verifier> found;
    try {
      found = keys(name).map(RewardConfig::of).map(Verifiers::of);
    } catch (UserError e) {
      throw new UserError(unknown(name) + " " + e.getMessage(), e);
    }
    return found
        .filter(verifier -> name(verifier).equals(name))
        .orElseThrow(() -> new UserError(unknown(name)));
  }

  /** The config keys that give a verifier its name, if the name has the form of one. */
  private static Optional<Map<String, String>> keys(String name) {
    int at = name.indexOf('@');
    Optional<RewardConfig.Verifier> kind =
        Arrays.stream(RewardConfig.Verifier.values())
            .filter(verifier -> at > 0 && Choice.keyOf(verifier).equals(name.substring(0, at)))
            .findFirst();
    if (kind.isEmpty()) {
      return Optional.empty();
    }
    Map<String, String> keys = new HashMap<>();
    keys.put("reward.verifier", Choice.keyOf(kind.get()));
    String[] parts = name.substring(at + 1).split("\\+", kind.get() == HTTP ? 2 : 0);
    if (kind.get() == HTTP && parts.length == 2) {
      keys.put("reward.http.version", parts[0]);
      keys.put("reward.http.url", parts[1]);
      return Optional.of(keys);
    }
    for (String part : Arrays.asList(parts).subList(Math.min(1, parts.length), parts.length)) {
      Matcher matcher = PARAMETER.matcher(part);
      if (!matcher.matches()) {
        return Optional.empty();
      }
      if (matcher.group(3) == null) {
        keys.put(numberKey(matcher.group(1)), matcher.group(2));
      } else if (matcher.group(3).equals("response")) {
        keys.put("reward.exact_match.part", "response");
      } else {
        keys.put("reward.countdown.all_numbers", "false");
      }
    }
    return kind.get() == HTTP ? Optional.empty() : Optional.of(keys);
  }

  private static String numberKey(String parameter) {
    return parameter.equals("format") ? "reward.format_weight" : "reward.numeric." + parameter;
  }

  private static String unknown(String name) {
    String plain =
        Arrays.stream(RewardConfig.Verifier.values())
            .filter(kind -> kind != HTTP)
            .map(kind -> RewardConfig.of(Map.of("reward.verifier", Choice.keyOf(kind))))
            .map(reward -> name(of(reward)))
            .collect(Collectors.joining(", "));
    return ("There is no verifier %s: use %s, http@VERSION+URL or, with a reward.format_weight of"
            + " 0.1, final-integer@1+format0.1.")
        .formatted(name, plain);
  }

  /**
   * What is judged.
   *
   * @param text of the response
   * @param truncated whether it ended at the length limit
   */
  public record Response(
      String rolloutId, String runId, int policyVersion, String text, boolean truncated) {}

  /**
   * A verdict as a row of table rewards.
   *
   * @param answer gold answer; null if there is none, which is a failed verdict
   */
  public static Reward judge(Verifier verifier, Response response, String answer) {
    Verdict verdict = verifier.verify(response.text(), answer, response.truncated());
    boolean scored = verdict.status() == RewardStatus.SCORED;
    return new Reward(
        response.rolloutId(),
        response.runId(),
        response.policyVersion(),
        verifier.id(),
        verifier.version(),
        verdict.status().name().toLowerCase(Locale.ROOT),
        scored ? verdict.reward() : null,
        scored ? verdict.correct() : null,
        scored ? verdict.formatOk() : null,
        verdict.detail());
  }
}
