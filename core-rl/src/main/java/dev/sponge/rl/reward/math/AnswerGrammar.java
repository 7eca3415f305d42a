package dev.sponge.rl.reward.math;

import java.util.ArrayList;
import java.util.List;

/** Lists, relations, sets, tuples, intervals, matrices and quantities. */
final class AnswerGrammar {
  private final Cursor cursor;
  private final ScalarGrammar scalars;

  /** The currency whose sign was read in the side at hand; null without. */
  private String currency;

  AnswerGrammar(Cursor cursor) {
    this.cursor = cursor;
    this.scalars = new ScalarGrammar(cursor, this);
  }

  /** The whole answer. */
  Node answer() {
    Node node = list();
    if (!cursor.atEnd()) {
      throw cursor.unexpected();
    }
    return node;
  }

  void currency(String name) {
    currency = name;
  }

  /** Items with commas, semicolons, "or" or "and" between them; the item itself if there is one. */
  private Node list() {
    List<Node> items = new ArrayList<>();
    boolean alternatives = false;
    boolean conjunction = false;
    items.addAll(PlusMinus.expanded(item()));
    while (true) {
      boolean comma = cursor.skip(',') || cursor.skip(';');
      boolean or = cursor.skipCommand("or");
      boolean and = !or && cursor.skipCommand("and");
      if (!comma && !or && !and) {
        break;
      }
      alternatives |= or;
      conjunction |= and;
      items.addAll(PlusMinus.expanded(item()));
    }
    if (conjunction && items.stream().anyMatch(AnswerGrammar::inequality)) {
      throw Refusal.unparsed("inequalities joined by and");
    }
    return items.size() == 1 ? items.get(0) : new Node.Items(items, alternatives);
  }

  private static boolean inequality(Node node) {
    return node instanceof Node.Relation relation
        && relation.relations().stream().anyMatch(Node.Rel::ordered);
  }

  /** Sides with relations between them. */
  private Node item() {
    cursor.enter();
    List<Node> sides = new ArrayList<>();
    List<Node.Rel> relations = new ArrayList<>();
    while (relation() == Node.Rel.APPROX) {
      cursor.take();
    }
    sides.add(side());
    while (true) {
      Node.Rel relation = relation();
      if (relation != null) {
        cursor.take();
        relations.add(relation);
        sides.add(side());
      } else if (cursor.peek().command("in") || cursor.peek().command("notin")) {
        boolean negated = cursor.take().text().equals("notin");
        if (!relations.isEmpty()) {
          throw cursor.unexpected();
        }
        Node set = setExpression();
        cursor.leave();
        return new Node.In(sides.get(0), set, negated);
      } else {
        break;
      }
    }
    cursor.leave();
    return relations.isEmpty() ? sides.get(0) : new Node.Relation(sides, relations);
  }

  private Node.Rel relation() {
    Token token = cursor.peek();
    if (token.kind() == Token.Kind.COMMAND) {
      return Vocabulary.RELATIONS.get(token.text());
    }
    return token.sign('=')
        ? Node.Rel.EQ
        : token.sign('<') ? Node.Rel.LT : token.sign('>') ? Node.Rel.GT : null;
  }

  private Node side() {
    String outer = currency;
    currency = null;
    Node value = setExpression();
    String money = currency;
    currency = outer;
    if (money == null) {
      return value;
    }
    if (value instanceof Node.Quantity quantity && !quantity.unit().equals(money)) {
      throw Refusal.unparsed("two units");
    }
    return value instanceof Node.Quantity ? value : new Node.Quantity(value, money, true);
  }

  /** Operands with unions, intersections and differences between them, from left to right. */
  private Node setExpression() {
    Node value = operand();
    int changes = 0;
    while (true) {
      Node.SetOp.Kind kind = setOperation();
      if (kind == null) {
        return value;
      }
      List<Node> operands = new ArrayList<>();
      operands.add(value);
      while (setOperation() == kind) {
        cursor.take();
        operands.add(operand());
      }
      value = new Node.SetOp(kind, operands);
      if (++changes > cursor.limits().depth()) {
        throw Refusal.limit("a long chain of set operations");
      }
    }
  }

  private Node.SetOp.Kind setOperation() {
    Token token = cursor.peek();
    return token.command("cup")
        ? Node.SetOp.Kind.UNION
        : token.command("cap")
            ? Node.SetOp.Kind.INTERSECTION
            : token.command("setminus") ? Node.SetOp.Kind.DIFFERENCE : null;
  }

  private Node operand() {
    Token next = cursor.peek();
    if (next.kind() == Token.Kind.WORDS) {
      return new Node.Text(words());
    }
    if (next.command("{")) {
      return braces();
    }
    if (next.command("emptyset")) {
      cursor.take();
      return new Node.Set(List.of());
    }
    if (next.command("mathbb")) {
      cursor.take();
      return namedSet();
    }
    if (next.sign(']')) {
      return openLeft();
    }
    boolean minus = beginsMatrix(1) && cursor.skip('-');
    if (beginsMatrix(0)) {
      return minus ? scaled(Node.Num.of(-1), matrix()) : matrix();
    }
    Node value = scalars.sum();
    if (beginsMatrix(0) && !(value instanceof Node.Add)) {
      return scaled(value, matrix());
    }
    if (cursor.peek().sign(':')) {
      value = ratio(value);
    }
    return cursor.peek().kind() == Token.Kind.WORDS ? quantity(value) : value;
  }

  private String words() {
    StringBuilder words = new StringBuilder(cursor.take().text());
    while (cursor.peek().kind() == Token.Kind.WORDS || cursor.peek().kind() == Token.Kind.LETTER) {
      words.append(cursor.peek().spaced() ? " " : "").append(cursor.take().text());
    }
    return words.toString();
  }

  private Node namedSet() {
    boolean braced = cursor.skip('{');
    String name = cursor.take().text();
    if (braced) {
      cursor.expect('}');
    }
    if (!List.of("R", "Z", "N", "Q", "C").contains(name)) {
      throw Refusal.unparsed("set " + name);
    }
    if (cursor.peek().sign('^') || cursor.peek().sign('_')) {
      throw cursor.unexpected();
    }
    return new Node.NamedSet(name);
  }

  private Node braces() {
    cursor.take();
    if (cursor.skipCommand("}")) {
      return new Node.Set(List.of());
    }
    Node content = scalars.bracketed(this::list);
    cursor.expectCommand("}");
    return new Node.Set(content instanceof Node.Items items ? items.items() : List.of(content));
  }

  private Node ratio(Node first) {
    List<Node> parts = new ArrayList<>();
    parts.add(first);
    while (cursor.skip(':')) {
      parts.add(scalars.sum());
    }
    return new Node.Ratio(parts);
  }

  /** A value followed by words: a unit with exponents, percent, or a power of ten. */
  private Node quantity(Node value) {
    Node scaled = value;
    List<String> words = new ArrayList<>();
    List<Integer> exponents = new ArrayList<>();
    while (cursor.peek().kind() == Token.Kind.WORDS) {
      String word = cursor.take().text();
      if (words.isEmpty() && UnitTable.scale(word) > 0) {
        scaled =
            new Node.Mul(
                List.of(scaled, new Node.Pow(Node.Num.of(10), Node.Num.of(UnitTable.scale(word)))));
        continue;
      }
      words.add(word);
      exponents.add(unitExponent());
      cursor.skip('/');
    }
    if (words.isEmpty()) {
      return scaled;
    }
    if (words.size() == 1 && words.get(0).equals("percent")) {
      return percent(scaled);
    }
    UnitTable.Unit unit = UnitTable.of(words, exponents);
    return new Node.Quantity(scaled, unit.name(), unit.known());
  }

  static Node percent(Node value) {
    if (value instanceof Node.Percent) {
      throw Refusal.unparsed("percent of a percentage");
    }
    return new Node.Percent(value);
  }

  private int unitExponent() {
    if (!cursor.skip('^')) {
      return 1;
    }
    boolean braced = cursor.skip('{');
    boolean minus = cursor.skip('-');
    Token token = cursor.take();
    if (token.kind() != Token.Kind.NUMBER || token.text().length() != 1) {
      throw Refusal.unparsed("exponent of a unit");
    }
    if (braced) {
      cursor.expect('}');
    }
    int exponent = Integer.parseInt(token.text());
    return minus ? -exponent : exponent;
  }

  /**
   * What stands in round or square brackets: one value is a group, several are a tuple or an
   * interval.
   */
  Node bracket(boolean round) {
    Node content = scalars.bracketed(this::list);
    boolean closedRight = cursor.peek().sign(']');
    if (!closedRight && !cursor.peek().sign(')')) {
      throw cursor.unexpected();
    }
    cursor.take();
    if (content instanceof Node.Items items) {
      return new Node.Tuple(round, items.items(), !closedRight);
    }
    if (round == closedRight) {
      throw Refusal.unparsed("brackets that do not match");
    }
    if (content instanceof Node.Relation || content instanceof Node.In) {
      throw Refusal.unparsed("a relation in brackets");
    }
    return content;
  }

  /** An interval that is open on the left, with the bracket turned outwards. */
  private Node openLeft() {
    cursor.take();
    Node content = scalars.bracketed(this::list);
    cursor.expect(']');
    if (content instanceof Node.Items items && items.items().size() == 2) {
      return new Node.Tuple(true, items.items(), false);
    }
    throw Refusal.unparsed("brackets that do not match");
  }

  private boolean beginsMatrix(int ahead) {
    Token token = cursor.peek(ahead);
    return token.kind() == Token.Kind.COMMAND && token.text().startsWith("begin ");
  }

  /** A matrix times a number: each entry times the number. */
  private static Node scaled(Node factor, Node.Matrix matrix) {
    return matrix.mapped(entry -> new Node.Mul(List.of(factor, entry)));
  }

  private Node.Matrix matrix() {
    String environment = cursor.take().text().substring("begin ".length());
    switch (environment) {
      case "pmatrix", "bmatrix", "matrix", "smallmatrix" -> {}
      case "array" -> {
        cursor.expect('{');
        while (!cursor.skip('}')) {
          Token column = cursor.take();
          if (column.kind() != Token.Kind.LETTER && !column.sign('|')) {
            throw cursor.unexpected();
          }
        }
      }
      default -> throw Refusal.unparsed("environment " + environment);
    }
    cursor.enter();
    List<List<Node>> rows = new ArrayList<>();
    do {
      if (cursor.peek().kind() == Token.Kind.COMMAND && cursor.peek().text().startsWith("end ")) {
        break;
      }
      List<Node> row = new ArrayList<>();
      do {
        row.add(scalars.bracketed(scalars::sum));
      } while (cursor.skip('&'));
      rows.add(row);
    } while (cursor.skipCommand("\\"));
    cursor.expectCommand("end " + environment);
    cursor.leave();
    int columns = rows.isEmpty() ? 0 : rows.get(0).size();
    if (columns == 0 || rows.stream().anyMatch(row -> row.size() != columns)) {
      throw Refusal.unparsed("matrix with rows of different length");
    }
    return new Node.Matrix(rows);
  }
}
