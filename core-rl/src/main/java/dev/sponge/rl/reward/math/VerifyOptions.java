package dev.sponge.rl.reward.math;

import java.util.Objects;

/**
 * Conventions of a comparison.
 *
 * @param decimals places to which decimals are rounded before they are compared with something that
 *     is not exactly equal; with 0 they never are, so that 0.333333 is not 1/3
 * @param exactDecimals numbers that both end after finitely many decimals are equal only if they
 *     are exactly equal: 204.0000001 is not 204, while 0.333333 is 1/3
 * @param percentLenient 8 % is 8 as well as 0.08
 * @param strictVariables variables are compared by name; otherwise by their order, and sets equal
 *     tuples
 * @param setRelation a relation as answer equals the set of its solutions as gold; the other way
 *     round is always accepted
 * @param units what may follow a number
 * @param limits bounds
 */
public record VerifyOptions(
    int decimals,
    boolean exactDecimals,
    boolean percentLenient,
    boolean strictVariables,
    boolean setRelation,
    Units units,
    Limits limits) {
  /** Six decimals, variables by name, known units. */
  public static final VerifyOptions STANDARD =
      new VerifyOptions(6, true, true, true, false, Units.KNOWN, Limits.STANDARD);

  public VerifyOptions {
    Objects.requireNonNull(units, "units");
    Objects.requireNonNull(limits, "limits");
    if (decimals < 0 || decimals > 12) {
      throw new IllegalArgumentException("decimals must be in 0..12, not " + decimals);
    }
  }
}
