package dev.sponge.rl.reward.math;

import java.util.Locale;

/** Functions whose values are computed. */
enum Func {
  SIN,
  COS,
  TAN,
  COT,
  SEC,
  CSC,
  ARCSIN,
  ARCCOS,
  ARCTAN,
  ARCCOT,
  ARCSEC,
  ARCCSC,
  SINH,
  COSH,
  TANH,
  EXP,
  /** Natural without, otherwise to the base of the second argument. */
  LOG,
  ABS,
  FLOOR,
  CEIL,
  FACTORIAL,
  BINOMIAL,
  MIN,
  MAX,
  GCD,
  LCM,
  MOD,
  RE,
  IM,
  SIGN;

  boolean trigonometric() {
    return ordinal() <= CSC.ordinal();
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
