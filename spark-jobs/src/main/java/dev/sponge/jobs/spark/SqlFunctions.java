package dev.sponge.jobs.spark;

import dev.sponge.rl.UserError;
import dev.sponge.rl.reward.math.MathVerifier;
import dev.sponge.rl.reward.math.Preset;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.types.DataTypes;

/**
 * The SQL functions of Sponge. {@code sponge sql} knows them; a session of one's own knows them
 * after {@link #register}.
 *
 * <p>{@code math_equal(gold, answer)}: whether an answer, or the last {@code \boxed{...}} of a
 * response, is mathematically equal to the gold answer by the rules of rewards. Several accepted
 * gold answers are a JSON array of strings. NULL if either is NULL or the gold answer is not
 * understood; false if the answer is not.
 */
public final class SqlFunctions {
  /** Name of the function of two strings. */
  public static final String MATH_EQUAL = "math_equal";

  private static final MathVerifier VERIFIER = MathVerifier.of(Preset.REWARD);

  private SqlFunctions() {}

  /** Makes the functions known to a session. */
  public static void register(SparkSession spark) {
    UDF2<String, String, Boolean> mathEqual = SqlFunctions::mathEqual;
    spark.udf().register(MATH_EQUAL, mathEqual, DataTypes.BooleanType);
  }

  static Boolean mathEqual(String gold, String answer) {
    if (gold == null || answer == null) {
      return null;
    }
    return switch (VERIFIER.equal(gold, answer).outcome()) {
      case EQUAL -> true;
      case DIFFERENT, NO_ANSWER -> false;
      case UNPARSED, LIMIT -> isUnderstood(gold) ? Boolean.FALSE : null;
    };
  }

  private static boolean isUnderstood(String gold) {
    try {
      VERIFIER.checkGold(gold);
      return true;
    } catch (UserError e) {
      return false;
    }
  }
}
