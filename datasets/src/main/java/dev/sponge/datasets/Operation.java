package dev.sponge.datasets;

/** An operator with its right operand. */
record Operation(Operator operator, int operand) {

  int apply(int left) {
    return operator.apply(left, operand);
  }

  /** Whether working it out digit by digit carries or borrows between units and tens. */
  boolean needsCarry(int left) {
    int units = left % 10;
    return switch (operator) {
      case ADD -> units + operand % 10 > 9;
      case SUBTRACT -> units < operand % 10;
      case MULTIPLY -> units * operand > 9;
    };
  }

  /**
   * The result of {@link #apply} when the carry or borrow is forgotten: 10 too small for a sum, 10
   * too large for a difference, and a product without the tens of its units.
   *
   * @param left an operation on it {@link #needsCarry}
   */
  int applyWithoutCarry(int left) {
    int result = apply(left);
    return switch (operator) {
      case ADD -> result - 10;
      case SUBTRACT -> result + 10;
      case MULTIPLY -> result - left % 10 * operand / 10 * 10;
    };
  }

  /** The operation as it is written after its left operand, for example {@code +5}. */
  String text() {
    return operator.symbol() + Integer.toString(operand);
  }
}
