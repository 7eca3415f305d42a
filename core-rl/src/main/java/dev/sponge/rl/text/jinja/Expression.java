package dev.sponge.rl.text.jinja;

import java.util.List;
import java.util.Map;

/** What has a value. Positions that may be left out (a slice's ends, an else) hold null. */
sealed interface Expression {
  record Literal(Object value) implements Expression {}

  record Name(String name, int line) implements Expression {}

  record ListDisplay(List<Expression> items) implements Expression {}

  record TupleDisplay(List<Expression> items) implements Expression {}

  record DictDisplay(List<Expression> keys, List<Expression> values) implements Expression {}

  record Attribute(Expression object, String name, int line) implements Expression {}

  record Item(Expression object, Expression key, int line) implements Expression {}

  record Slice(Expression object, Expression start, Expression stop, Expression step, int line)
      implements Expression {}

  record Arguments(
      List<Expression> positional,
      Map<String, Expression> named,
      Expression more,
      Expression moreNamed) {
    static final Arguments NONE = new Arguments(List.of(), Map.of(), null, null);
  }

  record Call(Expression function, Arguments arguments, int line) implements Expression {}

  /** The value is null for the text of a filter block. */
  record Filter(Expression value, String name, Arguments arguments, int line)
      implements Expression {}

  record Test(Expression value, String name, Arguments arguments, int line) implements Expression {}

  record Not(Expression value) implements Expression {}

  record Sign(boolean negative, Expression value, int line) implements Expression {}

  record And(Expression left, Expression right) implements Expression {}

  record Or(Expression left, Expression right) implements Expression {}

  record Conditional(Expression condition, Expression then, Expression otherwise)
      implements Expression {}

  record Binary(Operator operator, Expression left, Expression right, int line)
      implements Expression {}

  /** {@code first op operand op operand ...}: every neighbouring pair must hold. */
  record Comparison(
      Expression first, List<Comparator> operators, List<Expression> operands, int line)
      implements Expression {}

  record Concatenation(List<Expression> parts) implements Expression {}

  enum Operator {
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE,
    FLOOR_DIVIDE,
    MODULO,
    POWER
  }

  enum Comparator {
    EQUAL,
    NOT_EQUAL,
    LESS,
    LESS_EQUAL,
    GREATER,
    GREATER_EQUAL,
    IN,
    NOT_IN
  }
}
