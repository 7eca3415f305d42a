package dev.sponge.rl.reward.math;

/** What decided a comparison. */
public enum Method {
  /** Equal as text, white space and spelling of LaTeX aside. */
  TEXT,
  /** Exact rational arithmetic. */
  EXACT,
  /** Evaluation modulo a prime at random points (Schwartz-Zippel). */
  MODULAR,
  /** Evaluation in complex doubles at fixed points, or rounding of decimals. */
  NUMERIC,
  /** Piece by piece: sets, tuples, intervals, matrices, relations. */
  STRUCTURE,
  /** Nothing was compared. */
  NONE
}
