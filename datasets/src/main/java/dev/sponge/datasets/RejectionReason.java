package dev.sponge.datasets;

import java.util.Locale;

/** Why a row of a data set is no prompt, or why a prompt is not asked in training. */
public enum RejectionReason {
  /** The row is no JSON object. */
  BROKEN_JSON,
  /** The row is no UTF-8, or holds half of a character. */
  WRONG_ENCODING,
  /** A field that the format needs is not there, empty or of another type. */
  MISSING_FIELD,
  /** An earlier row of the data set has the same id and another problem. */
  DUPLICATE_ID,
  /** An earlier row has the same problem. */
  DUPLICATE_PROMPT,
  /** There is no gold answer. */
  EMPTY_GOLD,
  /** The gold answer is not understood. */
  UNPARSED_GOLD,
  /** The row or its problem is longer than the bounds. */
  TOO_LONG,
  /** Another prompt is almost the same. */
  NEAR_DUPLICATE,
  /** A benchmark holds almost the same prompt. */
  CONTAMINATED;

  /** How the tables name it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
