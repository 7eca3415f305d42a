package dev.sponge.jobs.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValueFactory;
import dev.sponge.rl.UserError;
import java.io.Serializable;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Map;

/**
 * Section {@code reward}: the verifier with the keys of its kind, and the phrases that count as
 * self-reflection (a metric, never a reward).
 */
public record RewardConfig(
    Verifier verifier,
    double formatWeight,
    ExactMatch exactMatch,
    Numeric numeric,
    Countdown countdown,
    Http http,
    int overlongBuffer,
    double overlongWeight,
    List<String> reflectionKeywords)
    implements Serializable {

  /** The verifiers that exist. */
  public enum Verifier {
    BOXED_INTEGER,
    FINAL_INTEGER,
    MATH,
    MATH_VERIFY,
    DEEPSCALER,
    EXACT_MATCH,
    MULTIPLE_CHOICE,
    NUMERIC,
    COUNTDOWN,
    HTTP
  }

  /** Section {@code reward.exact_match}. */
  public record ExactMatch(Part part) implements Serializable {
    /** Where the answer stands. */
    public enum Part {
      LAST_BOX,
      RESPONSE
    }
  }

  /** Section {@code reward.numeric}: tolerances, of which the larger counts. */
  public record Numeric(double relative, double absolute) implements Serializable {
    public Numeric {
      Check.range("reward.numeric.relative", relative, 0, 1);
      Check.range("reward.numeric.absolute", absolute, 0, 1e9);
    }
  }

  /** Section {@code reward.countdown}. */
  public record Countdown(boolean allNumbers) implements Serializable {}

  /** Section {@code reward.http}: a service that judges. */
  public record Http(
      String url,
      String version,
      double timeoutSeconds,
      int concurrent,
      int retries,
      double backOffSeconds,
      int failuresToOpen,
      double openSeconds)
      implements Serializable {
    public Http {
      if (!url.isEmpty()) {
        checkUrl(url);
      }
      if (!version.matches("[\\w.-]{1,40}")) {
        throw Check.outOfRange(
            "reward.http.version", version, "1 to 40 letters, digits, dots and hyphens");
      }
      Check.range("reward.http.timeout_seconds", timeoutSeconds, 0.001, 3_600);
      Check.range("reward.http.concurrent", concurrent, 1, 1_024);
      Check.range("reward.http.retries", retries, 0, 20);
      Check.range("reward.http.back_off_seconds", backOffSeconds, 0, 30);
      Check.range("reward.http.failures_to_open", failuresToOpen, 1, 1_000_000);
      Check.range("reward.http.open_seconds", openSeconds, 0, 86_400);
    }

    private static void checkUrl(String url) {
      String expected =
          "an address such as http://localhost:8000/judge, without user name (table rewards"
              + " holds it)";
      try {
        URI uri = new URI(url);
        boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
        if (!web || uri.getHost() == null || uri.getUserInfo() != null) {
          throw Check.outOfRange("reward.http.url", url, expected);
        }
      } catch (URISyntaxException e) {
        throw Check.outOfRange("reward.http.url", url, expected);
      }
    }
  }

  public RewardConfig {
    Check.range("reward.format_weight", formatWeight, 0, 10);
    Check.range("reward.overlong_buffer", overlongBuffer, 0, 1_048_576);
    Check.above("reward.overlong_weight", overlongWeight, 0, 1e6);
    checkFormat(verifier, exactMatch, formatWeight);
    if ((verifier == Verifier.HTTP) == http.url().isEmpty()) {
      throw new UserError(
          verifier == Verifier.HTTP
              ? "reward.verifier = http needs a service; give its address as reward.http.url."
              : "reward.http.url = "
                  + http.url()
                  + " has no meaning with reward.verifier = "
                  + Choice.keyOf(verifier)
                  + "; set reward.verifier = http or leave the address empty.");
    }
    if (reflectionKeywords.stream().anyMatch(String::isBlank)) {
      throw new UserError(
          "reward.reflection_keywords holds an empty phrase, which every response would contain;"
              + " remove it.");
    }
    reflectionKeywords = List.copyOf(reflectionKeywords);
  }

  private static void checkFormat(Verifier verifier, ExactMatch exactMatch, double formatWeight) {
    String why =
        switch (verifier) {
          case BOXED_INTEGER -> "which demands the format";
          case HTTP -> "whose service gives the whole reward";
          case EXACT_MATCH ->
              exactMatch.part() == ExactMatch.Part.RESPONSE
                  ? "whose reward.exact_match.part = response has no box"
                  : "";
          case FINAL_INTEGER, MATH, MATH_VERIFY, DEEPSCALER, MULTIPLE_CHOICE, NUMERIC, COUNTDOWN ->
              "";
        };
    if (formatWeight > 0 && !why.isEmpty()) {
      throw new UserError(
          "reward.format_weight = "
              + formatWeight
              + " has no meaning with reward.verifier = "
              + Choice.keyOf(verifier)
              + ", "
              + why
              + "; set another reward.verifier, such as final-integer, or reward.format_weight = 0.");
    }
  }

  /** How many verdicts are asked for at once: more than one where that means to wait. */
  public int atOnce() {
    return verifier == Verifier.HTTP ? http.concurrent() : 1;
  }

  /**
   * The section with its defaults but for some keys.
   *
   * @param overrides dotted key, from {@code reward.} on, to value as text
   * @throws UserError as for a config file
   */
  public static RewardConfig of(Map<String, String> overrides) {
    Config config = ConfigSource.defaults();
    for (Map.Entry<String, String> entry : overrides.entrySet()) {
      config =
          config.withValue(entry.getKey(), ConfigValueFactory.fromAnyRef(entry.getValue(), "name"));
    }
    return RecordReader.read(RewardConfig.class, config.resolve(), "reward.");
  }
}
