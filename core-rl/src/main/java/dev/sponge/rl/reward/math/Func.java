package dev.sponge.rl.reward.math;

import java.util.Locale;

/** Functions whose values are computed. */
enum Func {
  SIN(Kind.TRIGONOMETRIC),
  COS(Kind.TRIGONOMETRIC),
  TAN(Kind.TRIGONOMETRIC),
  COT(Kind.TRIGONOMETRIC),
  SEC(Kind.TRIGONOMETRIC),
  CSC(Kind.TRIGONOMETRIC),
  ARCSIN(Kind.TRANSCENDENTAL),
  ARCCOS(Kind.TRANSCENDENTAL),
  ARCTAN(Kind.TRANSCENDENTAL),
  ARCCOT(Kind.TRANSCENDENTAL),
  ARCSEC(Kind.TRANSCENDENTAL),
  ARCCSC(Kind.TRANSCENDENTAL),
  SINH(Kind.TRANSCENDENTAL),
  COSH(Kind.TRANSCENDENTAL),
  TANH(Kind.TRANSCENDENTAL),
  EXP(Kind.TRANSCENDENTAL),
  /** Natural with one argument, otherwise to the base of the second. */
  LOG(Kind.TRANSCENDENTAL),
  ABS(Kind.PART),
  RE(Kind.PART),
  IM(Kind.PART),
  FLOOR(Kind.STEP),
  CEIL(Kind.STEP),
  FACTORIAL(Kind.STEP),
  BINOMIAL(Kind.STEP),
  SIGN(Kind.STEP),
  MIN(Kind.SEVERAL),
  MAX(Kind.SEVERAL),
  GCD(Kind.SEVERAL),
  LCM(Kind.SEVERAL);

  private enum Kind {
    TRIGONOMETRIC,
    TRANSCENDENTAL,
    PART,
    STEP,
    SEVERAL
  }

  private final Kind kind;

  Func(Kind kind) {
    this.kind = kind;
  }

  /** Whether the argument is an angle. */
  boolean trigonometric() {
    return kind == Kind.TRIGONOMETRIC;
  }

  /** Whether the values are not rational for rational arguments. */
  boolean transcendental() {
    return kind == Kind.TRIGONOMETRIC || kind == Kind.TRANSCENDENTAL;
  }

  /** Whether variables in the arguments are best tried as whole numbers. */
  boolean whole() {
    return kind == Kind.STEP || kind == Kind.SEVERAL;
  }

  /** Whether it takes any number of arguments. */
  boolean several() {
    return kind == Kind.SEVERAL;
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
