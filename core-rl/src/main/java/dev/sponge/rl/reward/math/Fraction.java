package dev.sponge.rl.reward.math;

import java.math.BigInteger;

/** A rational number in lowest terms, its denominator positive. */
record Fraction(BigInteger numerator, BigInteger denominator) {
  static final Fraction ZERO = of(0);
  static final Fraction ONE = of(1);

  static Fraction of(long value) {
    return new Fraction(BigInteger.valueOf(value), BigInteger.ONE);
  }

  static Fraction of(BigInteger value) {
    return new Fraction(value, BigInteger.ONE);
  }

  /** The quotient; the denominator is not 0. */
  static Fraction of(BigInteger numerator, BigInteger denominator, Budget budget) {
    if (denominator.equals(BigInteger.ONE)) {
      return new Fraction(numerator, denominator);
    }
    long words = 1L + (numerator.bitLength() + denominator.bitLength()) / 32;
    budget.spend(words * words);
    BigInteger divisor = numerator.gcd(denominator);
    if (denominator.signum() < 0) {
      divisor = divisor.negate();
    }
    return new Fraction(numerator.divide(divisor), denominator.divide(divisor));
  }

  Fraction plus(Fraction other, Budget budget) {
    spend(other, budget);
    if (denominator.equals(other.denominator)) {
      return of(numerator.add(other.numerator), denominator, budget);
    }
    return of(
        numerator.multiply(other.denominator).add(other.numerator.multiply(denominator)),
        denominator.multiply(other.denominator),
        budget);
  }

  Fraction times(Fraction other, Budget budget) {
    spend(other, budget);
    return of(numerator.multiply(other.numerator), denominator.multiply(other.denominator), budget);
  }

  /** The quotient; the divisor is not 0. */
  Fraction over(Fraction other, Budget budget) {
    spend(other, budget);
    return of(numerator.multiply(other.denominator), denominator.multiply(other.numerator), budget);
  }

  private void spend(Fraction other, Budget budget) {
    budget.spend((1L + bits() / 32) * (1L + other.bits() / 32));
  }

  int signum() {
    return numerator.signum();
  }

  boolean integer() {
    return denominator.equals(BigInteger.ONE);
  }

  /** Whether it ends after finitely many decimals. */
  boolean terminating(Budget budget) {
    budget.spend(bits());
    BigInteger rest = denominator.shiftRight(denominator.getLowestSetBit());
    return BigInteger.TEN.pow(denominator.bitLength()).mod(rest).signum() == 0;
  }

  int bits() {
    return Math.max(numerator.bitLength(), denominator.bitLength());
  }

  double value() {
    int shift = denominator.bitLength() - numerator.bitLength() + 64;
    BigInteger scaled =
        shift >= 0
            ? numerator.shiftLeft(shift).divide(denominator)
            : numerator.divide(denominator.shiftLeft(-shift));
    return Math.scalb(scaled.doubleValue(), -shift);
  }

  int compareTo(Fraction other) {
    return numerator.multiply(other.denominator).compareTo(other.numerator.multiply(denominator));
  }

  BigInteger floor() {
    BigInteger[] parts = numerator.divideAndRemainder(denominator);
    return parts[1].signum() < 0 ? parts[0].subtract(BigInteger.ONE) : parts[0];
  }
}
