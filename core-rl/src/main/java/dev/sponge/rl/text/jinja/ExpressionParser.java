package dev.sponge.rl.text.jinja;

import dev.sponge.rl.text.jinja.Expression.Arguments;
import dev.sponge.rl.text.jinja.Expression.Comparator;
import dev.sponge.rl.text.jinja.Expression.Operator;
import dev.sponge.rl.text.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** Expressions, with the precedence of Jinja 3.1. */
final class ExpressionParser {
  private static final int MAX_DEPTH = 100;
  private static final Set<String> NO_TEST_ARGUMENT = Set.of("else", "or", "and", "if", "is");

  private static final List<String> PRODUCTS = List.of("*", "/", "//", "%");
  private static final List<Operator> PRODUCT_OPERATORS =
      List.of(Operator.MULTIPLY, Operator.DIVIDE, Operator.FLOOR_DIVIDE, Operator.MODULO);

  private final Tokens tokens;
  private int depth;

  ExpressionParser(Tokens tokens) {
    this.tokens = tokens;
  }

  Expression expression() {
    return expression(true);
  }

  /** Without {@code conditional} no inline if may follow. */
  Expression expression(boolean conditional) {
    if (++depth > MAX_DEPTH) {
      throw new JinjaException("expressions nest deeper than " + MAX_DEPTH).at(tokens.line());
    }
    try {
      return conditional ? conditional() : or();
    } finally {
      depth--;
    }
  }

  /** A single expression, or a tuple without parentheses. */
  Expression tuple(boolean conditional, BooleanSupplier end) {
    Expression first = expression(conditional);
    if (!tokens.isOperator(",")) {
      return first;
    }
    List<Expression> items = new ArrayList<>(List.of(first));
    while (tokens.takeOperator(",") && !end.getAsBoolean()) {
      items.add(expression(conditional));
    }
    return new Expression.TupleDisplay(items);
  }

  private Expression conditional() {
    Expression value = or();
    while (tokens.takeName("if")) {
      Expression condition = or();
      Expression otherwise = tokens.takeName("else") ? expression() : null;
      value = new Expression.Conditional(condition, value, otherwise);
    }
    return value;
  }

  private Expression or() {
    Expression left = and();
    while (tokens.takeName("or")) {
      left = new Expression.Or(left, and());
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    while (tokens.takeName("and")) {
      left = new Expression.And(left, not());
    }
    return left;
  }

  private Expression not() {
    int negations = 0;
    while (tokens.takeName("not")) {
      negations++;
    }
    Expression value = comparison();
    for (int i = 0; i < Math.min(negations, 2 - negations % 2); i++) {
      value = new Expression.Not(value);
    }
    return value;
  }

  private Expression comparison() {
    int line = tokens.line();
    Expression first = sum();
    List<Comparator> operators = new ArrayList<>();
    List<Expression> operands = new ArrayList<>();
    for (Comparator operator = comparator(); operator != null; operator = comparator()) {
      operators.add(operator);
      operands.add(sum());
    }
    return operators.isEmpty()
        ? first
        : new Expression.Comparison(first, operators, operands, line);
  }

  private Comparator comparator() {
    if (tokens.takeName("in")) {
      return Comparator.IN;
    }
    if (tokens.isName("not") && tokens.peekNext().isName("in")) {
      tokens.next();
      tokens.next();
      return Comparator.NOT_IN;
    }
    if (!tokens.is(Kind.OPERATOR)) {
      return null;
    }
    Comparator operator =
        switch (tokens.peek().text()) {
          case "==" -> Comparator.EQUAL;
          case "!=" -> Comparator.NOT_EQUAL;
          case "<" -> Comparator.LESS;
          case "<=" -> Comparator.LESS_EQUAL;
          case ">" -> Comparator.GREATER;
          case ">=" -> Comparator.GREATER_EQUAL;
          default -> null;
        };
    if (operator != null) {
      tokens.next();
    }
    return operator;
  }

  private Expression sum() {
    Expression left = concatenation();
    while (tokens.isOperator("+") || tokens.isOperator("-")) {
      int line = tokens.line();
      Operator operator = tokens.next().text().equals("+") ? Operator.ADD : Operator.SUBTRACT;
      left = new Expression.Binary(operator, left, concatenation(), line);
    }
    return left;
  }

  private Expression concatenation() {
    Expression first = product();
    if (!tokens.isOperator("~")) {
      return first;
    }
    List<Expression> parts = new ArrayList<>(List.of(first));
    while (tokens.takeOperator("~")) {
      parts.add(product());
    }
    return new Expression.Concatenation(parts);
  }

  private Expression product() {
    Expression left = power();
    for (int i = PRODUCTS.indexOf(tokens.peek().text());
        i >= 0 && tokens.is(Kind.OPERATOR);
        i = PRODUCTS.indexOf(tokens.peek().text())) {
      int line = tokens.next().line();
      left = new Expression.Binary(PRODUCT_OPERATORS.get(i), left, power(), line);
    }
    return left;
  }

  private Expression power() {
    Expression left = unary(true);
    while (tokens.isOperator("**")) {
      int line = tokens.next().line();
      left = new Expression.Binary(Operator.POWER, left, unary(true), line);
    }
    return left;
  }

  private Expression unary(boolean withFilter) {
    int line = tokens.line();
    Expression value;
    if (tokens.isOperator("-") || tokens.isOperator("+")) {
      if (++depth > MAX_DEPTH) {
        throw new JinjaException("expressions nest deeper than " + MAX_DEPTH).at(line);
      }
      boolean negative = tokens.next().text().equals("-");
      value = new Expression.Sign(negative, unary(false), line);
      depth--;
    } else {
      value = primary();
    }
    value = postfix(value);
    return withFilter ? filters(value) : value;
  }

  private Expression primary() {
    Token token = tokens.next();
    return switch (token.kind()) {
      case NAME -> named(token);
      case STRING -> {
        StringBuilder text = new StringBuilder(token.text());
        while (tokens.is(Kind.STRING)) {
          text.append(tokens.next().text());
        }
        yield new Expression.Literal(text.toString());
      }
      case INTEGER -> new Expression.Literal(PyNumber.parseInteger(token));
      case FLOAT -> new Expression.Literal(Double.valueOf(token.text().replace("_", "")));
      case OPERATOR -> display(token);
      case TEXT, BLOCK_BEGIN, BLOCK_END, OUTPUT_BEGIN, OUTPUT_END, END ->
          throw new JinjaException("expected an expression, found " + token).at(token.line());
    };
  }

  private static Expression named(Token token) {
    return switch (token.text()) {
      case "true", "True" -> new Expression.Literal(true);
      case "false", "False" -> new Expression.Literal(false);
      case "none", "None" -> new Expression.Literal(null);
      default -> new Expression.Name(token.text(), token.line());
    };
  }

  private Expression display(Token token) {
    return switch (token.text()) {
      case "(" -> {
        if (tokens.takeOperator(")")) {
          yield new Expression.TupleDisplay(List.of());
        }
        Expression value = tuple(true, () -> tokens.isOperator(")"));
        tokens.expectOperator(")");
        yield value;
      }
      case "[" -> {
        List<Expression> items = new ArrayList<>();
        while (!tokens.takeOperator("]")) {
          items.add(expression());
          if (!tokens.isOperator("]")) {
            tokens.expectOperator(",");
          }
        }
        yield new Expression.ListDisplay(items);
      }
      case "{" -> dict();
      default ->
          throw new JinjaException("expected an expression, found " + token).at(token.line());
    };
  }

  private Expression dict() {
    List<Expression> keys = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!tokens.takeOperator("}")) {
      keys.add(expression());
      tokens.expectOperator(":");
      values.add(expression());
      if (!tokens.isOperator("}")) {
        tokens.expectOperator(",");
      }
    }
    return new Expression.DictDisplay(keys, values);
  }

  private Expression postfix(Expression start) {
    Expression value = start;
    while (true) {
      int line = tokens.line();
      if (tokens.takeOperator(".")) {
        Token name = tokens.next();
        value =
            switch (name.kind()) {
              case NAME -> new Expression.Attribute(value, name.text(), line);
              case INTEGER ->
                  new Expression.Item(
                      value, new Expression.Literal(PyNumber.parseInteger(name)), line);
              default ->
                  throw new JinjaException("expected a name or number, found " + name).at(line);
            };
      } else if (tokens.takeOperator("[")) {
        value = subscript(value, line);
      } else if (tokens.isOperator("(")) {
        value = new Expression.Call(value, arguments(), line);
      } else {
        return value;
      }
    }
  }

  private Expression subscript(Expression object, int line) {
    Expression start = tokens.isOperator(":") ? null : expression();
    if (!tokens.isOperator(":")) {
      if (tokens.isOperator(",")) {
        throw new JinjaException("a subscript of several values is not supported").at(line);
      }
      tokens.expectOperator("]");
      return new Expression.Item(object, start, line);
    }
    tokens.next();
    Expression stop = sliceEnd();
    Expression step = tokens.takeOperator(":") ? sliceEnd() : null;
    tokens.expectOperator("]");
    return new Expression.Slice(object, start, stop, step, line);
  }

  private Expression sliceEnd() {
    return tokens.isOperator(":") || tokens.isOperator("]") ? null : expression();
  }

  /** Filters, tests and calls behind a value. */
  private Expression filters(Expression start) {
    Expression value = start;
    while (true) {
      int line = tokens.line();
      if (tokens.takeOperator("|")) {
        value = filterNamed(value, line);
      } else if (tokens.takeName("is")) {
        value = test(value, line);
      } else if (tokens.isOperator("(")) {
        value = new Expression.Call(value, arguments(), line);
      } else {
        return value;
      }
    }
  }

  /** A filter chain without the first bar, over the text of a block. */
  Expression blockFilters() {
    Expression value = filterNamed(null, tokens.line());
    while (tokens.takeOperator("|")) {
      value = filterNamed(value, tokens.line());
    }
    return value;
  }

  private Expression filterNamed(Expression value, int line) {
    String name = dottedName();
    Arguments arguments = tokens.isOperator("(") ? arguments() : Arguments.NONE;
    return new Expression.Filter(value, name, arguments, line);
  }

  private String dottedName() {
    StringBuilder name = new StringBuilder(tokens.expect(Kind.NAME, "a name").text());
    while (tokens.takeOperator(".")) {
      name.append('.').append(tokens.expect(Kind.NAME, "a name").text());
    }
    return name.toString();
  }

  private Expression test(Expression value, int line) {
    boolean negated = tokens.takeName("not");
    String name = dottedName();
    Arguments arguments = Arguments.NONE;
    if (tokens.isOperator("(")) {
      arguments = arguments();
    } else if (startsTestArgument()) {
      arguments = new Arguments(List.of(postfix(primary())), Map.of(), null, null);
    }
    Expression test = new Expression.Test(value, name, arguments, line);
    return negated ? new Expression.Not(test) : test;
  }

  private boolean startsTestArgument() {
    Token token = tokens.peek();
    return switch (token.kind()) {
      case NAME -> !NO_TEST_ARGUMENT.contains(token.text());
      case STRING, INTEGER, FLOAT -> true;
      case OPERATOR -> token.isOperator("[") || token.isOperator("{");
      case TEXT, BLOCK_BEGIN, BLOCK_END, OUTPUT_BEGIN, OUTPUT_END, END -> false;
    };
  }

  Arguments arguments() {
    tokens.expectOperator("(");
    List<Expression> positional = new ArrayList<>();
    Map<String, Expression> named = new LinkedHashMap<>();
    Expression more = null;
    Expression moreNamed = null;
    while (!tokens.takeOperator(")")) {
      if (tokens.takeOperator("*")) {
        more = expression();
      } else if (tokens.takeOperator("**")) {
        moreNamed = expression();
      } else if (tokens.is(Kind.NAME) && tokens.peekNext().isOperator("=")) {
        String name = tokens.next().text();
        tokens.next();
        named.put(name, expression());
      } else if (named.isEmpty() && more == null && moreNamed == null) {
        positional.add(expression());
      } else {
        throw tokens.unexpected("a named argument");
      }
      if (!tokens.isOperator(")")) {
        tokens.expectOperator(",");
      }
    }
    return new Arguments(positional, named, more, moreNamed);
  }
}
