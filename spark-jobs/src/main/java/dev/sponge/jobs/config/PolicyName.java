package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A policy as the command line names it: {@code 20}, or {@code main:20} with its run.
 *
 * @param run empty for the run of the command
 */
public record PolicyName(Optional<String> run, int version) {
  private static final Pattern FORM = Pattern.compile("(?:([^:]+):)?(\\d{1,9})");

  /**
   * @throws UserError for another form
   */
  public static PolicyName of(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new UserError(
          "Policy %s is not of the form VERSION or RUN:VERSION, such as 20 or main:20."
              .formatted(text));
    }
    return new PolicyName(
        Optional.ofNullable(matcher.group(1)), Integer.parseInt(matcher.group(2)));
  }
}
