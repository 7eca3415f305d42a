package dev.sponge.datasets;

/** An operator with its right operand. */
record Operation(Operator operator, int operand) {

  int apply(int left) {
    return operator.apply(left, operand);
  }

  /** The operation as it is written after its left operand, for example {@code +5}. */
  String text() {
    return operator.symbol() + Integer.toString(operand);
  }
}
