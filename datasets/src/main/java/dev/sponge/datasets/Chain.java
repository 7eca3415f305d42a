package dev.sponge.datasets;

import java.util.List;
import java.util.stream.Collectors;

/** A start value and the operations applied to it one after another, from left to right. */
record Chain(int start, List<Operation> operations) {
  /** Largest value that may occur; the smallest is 0. */
  static final int MAX_VALUE = 99;

  Chain {
    operations = List.copyOf(operations);
  }

  int level() {
    return operations.size();
  }

  int answer() {
    int value = start;
    for (Operation operation : operations) {
      value = operation.apply(value);
    }
    return value;
  }

  /** Identity of the chain whatever the wording, for example {@code 7+5-3*2} read left to right. */
  String canonical() {
    return start + operations.stream().map(Operation::text).collect(Collectors.joining());
  }

  static boolean inRange(int value) {
    return value >= 0 && value <= MAX_VALUE;
  }

  /** Whether every value stays in 0..99 when the operations are applied to {@code value}. */
  static boolean staysInRange(int value, List<Operation> operations) {
    int current = value;
    for (Operation operation : operations) {
      if (!inRange(current)) {
        return false;
      }
      current = operation.apply(current);
    }
    return inRange(current);
  }
}
