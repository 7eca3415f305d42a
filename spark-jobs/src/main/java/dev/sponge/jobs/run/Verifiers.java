package dev.sponge.jobs.run;

import dev.sponge.jobs.config.RewardConfig;
import dev.sponge.jobs.table.Reward;
import dev.sponge.rl.UserError;
import dev.sponge.rl.reward.FinalIntegerVerifier;
import dev.sponge.rl.reward.RewardStatus;
import dev.sponge.rl.reward.Verdict;
import dev.sponge.rl.reward.Verifier;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The verifiers that exist, by the name that table rewards knows them by: {@code id@version}. */
public final class Verifiers {
  private static final Pattern WEIGHTED =
      Pattern.compile("final-integer@1\\+format(\\d+\\.\\d+(?:E-?\\d+)?)");
  private static final double MOST_WEIGHT = 10;

  private Verifiers() {}

  /** {@code id@version}. */
  public static String name(Verifier verifier) {
    return verifier.id() + "@" + verifier.version();
  }

  /** {@code id@1} for a name without a version. */
  public static String full(String name) {
    return name.contains("@") ? name : name + "@1";
  }

  /**
   * The verifier with this name.
   *
   * @throws UserError naming those that are known
   */
  public static Verifier named(String name) {
    return Stream.concat(plain().stream(), weighted(name).stream())
        .filter(verifier -> name(verifier).equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new UserError(
                    ("There is no verifier %s: use %s or, with a reward.format_weight of 0.1,"
                            + " final-integer@1+format0.1.")
                        .formatted(
                            name,
                            plain().stream()
                                .map(Verifiers::name)
                                .collect(Collectors.joining(", ")))));
  }

  private static List<Verifier> plain() {
    return Arrays.stream(RewardConfig.Verifier.values())
        .map(verifier -> RunContext.verifier(verifier, 0))
        .toList();
  }

  private static Optional<Verifier> weighted(String name) {
    Matcher matcher = WEIGHTED.matcher(name);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    double weight = Double.parseDouble(matcher.group(1));
    return weight > MOST_WEIGHT ? Optional.empty() : Optional.of(new FinalIntegerVerifier(weight));
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
