package dev.sponge.rl.reward.math;

/** A complex number in doubles; principal values. Not-a-number stands for what is not defined. */
record Complex(double re, double im) {
  static final Complex NAN = new Complex(Double.NaN, 0);
  static final Complex ONE = new Complex(1, 0);
  static final Complex I = new Complex(0, 1);

  static Complex of(double value) {
    return new Complex(value, 0);
  }

  boolean finite() {
    return Double.isFinite(re) && Double.isFinite(im);
  }

  /** Whether the imaginary part is no more than rounding. */
  boolean real() {
    return Math.abs(im) <= 1e-12 * Math.abs(re);
  }

  double abs() {
    return Math.hypot(re, im);
  }

  Complex plus(Complex other) {
    return new Complex(re + other.re, im + other.im);
  }

  Complex minus(Complex other) {
    return new Complex(re - other.re, im - other.im);
  }

  Complex times(Complex other) {
    if (im == 0 && other.im == 0) {
      return of(re * other.re);
    }
    return new Complex(re * other.re - im * other.im, re * other.im + im * other.re);
  }

  Complex over(Complex other) {
    double size = other.re * other.re + other.im * other.im;
    if (size == 0) {
      return NAN;
    }
    if (im == 0 && other.im == 0) {
      return of(re / other.re);
    }
    return new Complex(
        (re * other.re + im * other.im) / size, (im * other.re - re * other.im) / size);
  }

  Complex negated() {
    return new Complex(-re, im == 0 ? 0 : -im);
  }

  Complex exp() {
    double size = Math.exp(re);
    return im == 0 ? of(size) : new Complex(size * Math.cos(im), size * Math.sin(im));
  }

  Complex log() {
    if (re == 0 && im == 0) {
      return NAN;
    }
    return new Complex(Math.log(abs()), Math.atan2(im, re));
  }

  Complex sqrt() {
    if (im == 0) {
      return re >= 0 ? of(Math.sqrt(re)) : new Complex(0, Math.sqrt(-re));
    }
    double size = abs();
    double real = Math.sqrt((size + re) / 2);
    return new Complex(real, Math.copySign(Math.sqrt((size - re) / 2), im));
  }

  Complex power(Complex exponent) {
    if (re == 0 && im == 0) {
      return exponent.im == 0 && exponent.re > 0
          ? this
          : exponent.re == 0 && exponent.im == 0 ? ONE : NAN;
    }
    if (exponent.im == 0
        && exponent.re == Math.rint(exponent.re)
        && Math.abs(exponent.re) <= 1024) {
      return whole((int) exponent.re);
    }
    if (im == 0 && exponent.im == 0 && re > 0) {
      return of(Math.pow(re, exponent.re));
    }
    return log().times(exponent).exp();
  }

  private Complex whole(int exponent) {
    if (im == 0) {
      return of(Math.pow(re, exponent));
    }
    Complex result = ONE;
    Complex square = this;
    for (int rest = Math.abs(exponent); rest > 0; rest >>= 1) {
      if ((rest & 1) == 1) {
        result = result.times(square);
      }
      square = square.times(square);
    }
    return exponent < 0 ? ONE.over(result) : result;
  }

  Complex sin() {
    return im == 0
        ? of(Math.sin(re))
        : new Complex(Math.sin(re) * Math.cosh(im), Math.cos(re) * Math.sinh(im));
  }

  Complex cos() {
    return im == 0
        ? of(Math.cos(re))
        : new Complex(Math.cos(re) * Math.cosh(im), -Math.sin(re) * Math.sinh(im));
  }

  Complex arcsin() {
    if (im == 0 && Math.abs(re) <= 1) {
      return of(Math.asin(re));
    }
    Complex root = ONE.minus(times(this)).sqrt();
    Complex log = new Complex(-im, re).plus(root).log();
    return new Complex(log.im, -log.re);
  }

  Complex arccos() {
    return im == 0 && Math.abs(re) <= 1 ? of(Math.acos(re)) : of(Math.PI / 2).minus(arcsin());
  }

  Complex arctan() {
    if (im == 0) {
      return of(Math.atan(re));
    }
    Complex turned = new Complex(-im, re);
    Complex difference = ONE.minus(turned).log().minus(ONE.plus(turned).log());
    return new Complex(-difference.im / 2, difference.re / 2);
  }
}
