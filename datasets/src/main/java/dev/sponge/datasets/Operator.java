package dev.sponge.datasets;

/** Arithmetic operator of a chain. */
enum Operator {
  ADD('+'),
  SUBTRACT('-'),
  MULTIPLY('*');

  private final char symbol;

  Operator(char symbol) {
    this.symbol = symbol;
  }

  char symbol() {
    return symbol;
  }

  int apply(int left, int right) {
    return switch (this) {
      case ADD -> left + right;
      case SUBTRACT -> left - right;
      case MULTIPLY -> left * right;
    };
  }

  static Operator ofSymbol(char symbol) {
    for (Operator operator : values()) {
      if (operator.symbol == symbol) {
        return operator;
      }
    }
    throw new IllegalArgumentException("No operator is written '" + symbol + "'.");
  }
}
