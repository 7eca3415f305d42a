package dev.sponge.datasets;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OperationTest {
  private static Operation operation(char symbol, int operand) {
    return new Operation(Operator.ofSymbol(symbol), operand);
  }

  @ParameterizedTest
  @CsvSource({
    "17, +, 5, 12",
    "5, +, 5, 0",
    "38, +, 47, 75",
    "12, -, 8, 14",
    "90, -, 1, 99",
    "52, -, 38, 24",
    "14, *, 3, 32",
    "29, *, 3, 67",
    "5, *, 2, 0",
    "9, *, 9, 1"
  })
  void a_forgotten_carry_loses_ten_in_a_sum_keeps_it_in_a_difference_and_drops_it_in_a_product(
      int left, char symbol, int operand, int expected) {
    assertThat(operation(symbol, operand).needsCarry(left)).isTrue();
    assertThat(operation(symbol, operand).applyWithoutCarry(left)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"14, +, 5", "70, +, 29", "18, -, 8", "55, -, 35", "33, *, 3", "44, *, 2", "10, *, 9"})
  void an_operation_within_its_digits_needs_no_carry(int left, char symbol, int operand) {
    assertThat(operation(symbol, operand).needsCarry(left)).isFalse();
  }

  @Test
  void a_forgotten_carry_is_always_a_wrong_number_in_range() {
    for (Operator operator : Operator.values()) {
      for (int left = 0; left <= Chain.MAX_VALUE; left++) {
        for (int operand = 1; operand <= Chain.MAX_VALUE; operand++) {
          Operation operation = new Operation(operator, operand);
          int right = operation.apply(left);
          if (Chain.inRange(right) && operation.needsCarry(left)) {
            assertThat(operation.applyWithoutCarry(left))
                .as(left + operation.text())
                .isNotEqualTo(right)
                .isBetween(0, Chain.MAX_VALUE)
                .matches(wrong -> wrong % 10 == right % 10, "has the right units");
          }
        }
      }
    }
  }
}
