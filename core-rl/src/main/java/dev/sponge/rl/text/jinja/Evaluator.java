package dev.sponge.rl.text.jinja;

import dev.sponge.rl.text.jinja.Expression.Arguments;
import dev.sponge.rl.text.jinja.Expression.Comparator;
import dev.sponge.rl.text.jinja.Expression.Operator;
import dev.sponge.rl.text.jinja.Values.Call;
import dev.sponge.rl.text.jinja.Values.Function;
import dev.sponge.rl.text.jinja.Values.Tuple;
import dev.sponge.rl.text.jinja.Values.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Values of expressions. */
final class Evaluator {
  private final Budget budget;
  private final Access access;
  private final Filters filters;
  private final Tests tests;

  Evaluator(Budget budget) {
    this.budget = budget;
    access = new Access(budget);
    tests = new Tests(budget);
    filters = new Filters(budget, access, tests);
  }

  Object value(Expression expression, Scope scope) {
    budget.enter();
    try {
      return compute(expression, scope);
    } finally {
      budget.leave();
    }
  }

  private Object compute(Expression expression, Scope scope) {
    if (expression instanceof Expression.Literal literal) {
      return literal.value();
    } else if (expression instanceof Expression.Name name) {
      return scope.get(name.name());
    } else if (expression instanceof Expression.ListDisplay list) {
      return values(list.items(), scope);
    } else if (expression instanceof Expression.TupleDisplay tuple) {
      return new Tuple(values(tuple.items(), scope));
    } else if (expression instanceof Expression.DictDisplay dict) {
      return dict(dict, scope);
    } else if (expression instanceof Expression.And and) {
      Object left = value(and.left(), scope);
      return Values.isTrue(left) ? value(and.right(), scope) : left;
    } else if (expression instanceof Expression.Or or) {
      Object left = value(or.left(), scope);
      return Values.isTrue(left) ? left : value(or.right(), scope);
    } else if (expression instanceof Expression.Not not) {
      return !Values.isTrue(value(not.value(), scope));
    } else if (expression instanceof Expression.Conditional conditional) {
      return conditional(conditional, scope);
    } else if (expression instanceof Expression.Concatenation concatenation) {
      return concatenation(concatenation, scope);
    }
    return computeAt(expression, scope);
  }

  /** Expressions whose failure names their line. */
  private Object computeAt(Expression expression, Scope scope) {
    if (expression instanceof Expression.Attribute attribute) {
      Object object = value(attribute.object(), scope);
      return at(attribute.line(), () -> access.attribute(object, attribute.name()));
    } else if (expression instanceof Expression.Item item) {
      Object object = value(item.object(), scope);
      Object key = value(item.key(), scope);
      return at(item.line(), () -> access.item(object, key));
    } else if (expression instanceof Expression.Slice slice) {
      return slice(slice, scope);
    } else if (expression instanceof Expression.Call call) {
      Object function = value(call.function(), scope);
      Call arguments = arguments(call.arguments(), scope, call.line());
      return at(call.line(), () -> call(function, arguments));
    } else if (expression instanceof Expression.Filter filter) {
      return filter(filter, value(filter.value(), scope), scope);
    } else if (expression instanceof Expression.Test test) {
      Object value = value(test.value(), scope);
      Call arguments = arguments(test.arguments(), scope, test.line());
      return at(test.line(), () -> tests.holds(test.name(), value, arguments.positional()));
    } else if (expression instanceof Expression.Sign sign) {
      Object value = value(sign.value(), scope);
      return at(sign.line(), () -> signed(sign.negative(), value));
    } else if (expression instanceof Expression.Binary binary) {
      Object left = value(binary.left(), scope);
      Object right = value(binary.right(), scope);
      return at(binary.line(), () -> budget.made(binary(binary.operator(), left, right)));
    } else if (expression instanceof Expression.Comparison comparison) {
      return comparison(comparison, scope);
    }
    throw new IllegalStateException("no rule for " + expression.getClass());
  }

  private static Object at(int line, java.util.function.Supplier<Object> computation) {
    try {
      return computation.get();
    } catch (JinjaException e) {
      throw e.at(line);
    }
  }

  /** The value of a filter chain over the text of a block. */
  String blockFiltered(Expression filters, String text, Scope scope) {
    Expression.Filter filter = (Expression.Filter) filters;
    Object input = filter.value() == null ? text : blockFiltered(filter.value(), text, scope);
    return PyText.str(filter(filter, input, scope), budget);
  }

  private Object filter(Expression.Filter filter, Object value, Scope scope) {
    Call arguments = arguments(filter.arguments(), scope, filter.line());
    return at(filter.line(), () -> budget.made(filters.apply(filter.name(), value, arguments)));
  }

  private List<Object> values(List<Expression> expressions, Scope scope) {
    List<Object> values = new ArrayList<>(expressions.size());
    expressions.forEach(expression -> values.add(value(expression, scope)));
    return budget.made(values);
  }

  private Map<Object, Object> dict(Expression.DictDisplay dict, Scope scope) {
    Map<Object, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < dict.keys().size(); i++) {
      map.put(Values.key(value(dict.keys().get(i), scope)), value(dict.values().get(i), scope));
    }
    return map;
  }

  private Object conditional(Expression.Conditional conditional, Scope scope) {
    if (Values.isTrue(value(conditional.condition(), scope))) {
      return value(conditional.then(), scope);
    }
    return conditional.otherwise() == null
        ? new Undefined("the inline if without else")
        : value(conditional.otherwise(), scope);
  }

  private String concatenation(Expression.Concatenation concatenation, Scope scope) {
    StringBuilder text = new StringBuilder();
    for (Expression part : concatenation.parts()) {
      text.append(PyText.str(value(part, scope), budget));
      budget.fits(text.length());
    }
    return budget.made(text.toString());
  }

  private Object slice(Expression.Slice slice, Scope scope) {
    Object object = value(slice.object(), scope);
    Object start = slice.start() == null ? null : value(slice.start(), scope);
    Object stop = slice.stop() == null ? null : value(slice.stop(), scope);
    Object step = slice.step() == null ? null : value(slice.step(), scope);
    return at(slice.line(), () -> budget.made(access.slice(object, start, stop, step)));
  }

  Call arguments(Arguments arguments, Scope scope, int line) {
    List<Object> positional = values(arguments.positional(), scope);
    Map<String, Object> named = new LinkedHashMap<>();
    arguments.named().forEach((name, value) -> named.put(name, value(value, scope)));
    if (arguments.more() != null) {
      Object more = value(arguments.more(), scope);
      positional.addAll((List<?>) at(line, () -> Values.items(more)));
    }
    if (arguments.moreNamed() != null) {
      if (!(value(arguments.moreNamed(), scope) instanceof Map<?, ?> map)) {
        throw new JinjaException("what follows ** must be a dict").at(line);
      }
      map.forEach((name, value) -> named.put(Values.string(name, "a name behind **"), value));
    }
    return new Call(positional, named);
  }

  Object call(Object function, Call arguments) {
    if (function instanceof Undefined undefined) {
      throw undefined.failure();
    } else if (!(function instanceof Function callable)) {
      throw new JinjaException("a value of type " + Values.type(function) + " cannot be called");
    } else {
      return budget.made(callable.call(arguments));
    }
  }

  private static Object signed(boolean negative, Object value) {
    if (value instanceof Undefined undefined) {
      throw undefined.failure();
    } else if (!PyNumber.isNumber(value)) {
      throw new JinjaException("a sign before a value of type " + Values.type(value));
    }
    return negative ? PyNumber.negated(value) : PyNumber.arithmetic(Operator.ADD, 0L, value);
  }

  private Object binary(Operator operator, Object left, Object right) {
    if (left instanceof Undefined undefined) {
      throw undefined.failure();
    } else if (right instanceof Undefined undefined) {
      throw undefined.failure();
    } else if (PyNumber.isNumber(left) && PyNumber.isNumber(right)) {
      return PyNumber.arithmetic(operator, left, right);
    } else if (operator == Operator.ADD) {
      return sum(left, right);
    } else if (operator == Operator.MULTIPLY && right instanceof Long count) {
      return repeated(left, count);
    } else if (operator == Operator.MULTIPLY && left instanceof Long count) {
      return repeated(right, count);
    }
    throw unsuitable(operator, left, right);
  }

  private static JinjaException unsuitable(Operator operator, Object left, Object right) {
    return new JinjaException(
        "%s of values of types %s and %s is not supported"
            .formatted(
                operator.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' '),
                Values.type(left),
                Values.type(right)));
  }

  private Object sum(Object left, Object right) {
    if (left instanceof String a && right instanceof String b) {
      budget.fits((long) a.length() + b.length());
      return a + b;
    } else if (left instanceof List<?> a && right instanceof List<?> b) {
      return joined(a, b);
    } else if (left instanceof Tuple a && right instanceof Tuple b) {
      return new Tuple(budget.made(joined(a.items(), b.items())));
    }
    throw unsuitable(Operator.ADD, left, right);
  }

  private List<Object> joined(List<?> left, List<?> right) {
    budget.fits((long) left.size() + right.size());
    List<Object> all = new ArrayList<>(left);
    all.addAll(right);
    return all;
  }

  private Object repeated(Object value, long count) {
    int times = (int) Math.min(Integer.MAX_VALUE, Math.max(0, count));
    if (value instanceof String text) {
      budget.fits((long) text.length() * times);
      return text.repeat(text.isEmpty() ? 0 : times);
    } else if (value instanceof List<?> list) {
      budget.fits((long) list.size() * times);
      List<Object> all = new ArrayList<>();
      for (int i = 0; i < times && !list.isEmpty(); i++) {
        all.addAll(list);
      }
      return all;
    }
    throw unsuitable(Operator.MULTIPLY, value, count);
  }

  private Object comparison(Expression.Comparison comparison, Scope scope) {
    Object left = value(comparison.first(), scope);
    for (int i = 0; i < comparison.operators().size(); i++) {
      Object first = left;
      Object right = value(comparison.operands().get(i), scope);
      Comparator operator = comparison.operators().get(i);
      if (!Values.isTrue(at(comparison.line(), () -> compare(operator, first, right)))) {
        return false;
      }
      left = right;
    }
    return true;
  }

  private boolean compare(Comparator operator, Object left, Object right) {
    return switch (operator) {
      case EQUAL -> PyOrder.equal(left, right, budget);
      case NOT_EQUAL -> !PyOrder.equal(left, right, budget);
      case IN -> PyOrder.contains(right, left, budget);
      case NOT_IN -> !PyOrder.contains(right, left, budget);
      case LESS -> ordered(left, right) < 0;
      case LESS_EQUAL -> ordered(left, right) <= 0;
      case GREATER -> ordered(left, right) > 0;
      case GREATER_EQUAL -> ordered(left, right) >= 0;
    };
  }

  private int ordered(Object left, Object right) {
    if (left instanceof Undefined undefined) {
      throw undefined.failure();
    } else if (right instanceof Undefined undefined) {
      throw undefined.failure();
    }
    return PyOrder.compare(left, right, budget);
  }
}
