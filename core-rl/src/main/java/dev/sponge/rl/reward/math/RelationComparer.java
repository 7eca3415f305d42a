package dev.sponge.rl.reward.math;

import java.util.List;

/** Equality of equations and inequalities, and the value that a relation such as x = 5 gives. */
final class RelationComparer {
  private static final Comparison DIFFERENT = Comparison.of(false, Method.STRUCTURE);

  /** How far the sides of an approximation may lie apart, as a part of their size. */
  private static final double APPROXIMATE = 0.01;

  private final StructureComparer structures;
  private final ScalarComparer scalars;

  RelationComparer(StructureComparer structures, ScalarComparer scalars) {
    this.structures = structures;
    this.scalars = scalars;
  }

  Comparison compare(Node gold, Node answer) {
    if (gold instanceof Node.In first && answer instanceof Node.In second) {
      boolean same =
          first.negated() == second.negated()
              && structures.compare(first.element(), second.element()).equal();
      return same ? structures.compare(first.set(), second.set()) : DIFFERENT;
    }
    if (!(gold instanceof Node.Relation first && answer instanceof Node.Relation second)
        || first.sides().size() != second.sides().size()) {
      return DIFFERENT;
    }
    if (first.relations().equals(second.relations())
        && structures.ordered(first.sides(), second.sides()).equal()) {
      return Comparison.of(true, Method.STRUCTURE);
    }
    Node.Relation turned = turned(second);
    if (first.relations().equals(turned.relations())
        && structures.ordered(first.sides(), turned.sides()).equal()) {
      return Comparison.of(true, Method.STRUCTURE);
    }
    return first.sides().size() == 2 ? ratio(first, second) : DIFFERENT;
  }

  private static Node.Relation turned(Node.Relation relation) {
    List<Node> sides = new java.util.ArrayList<>(relation.sides());
    java.util.Collections.reverse(sides);
    List<Node.Rel> relations =
        new java.util.ArrayList<>(relation.relations().stream().map(Node.Rel::flipped).toList());
    java.util.Collections.reverse(relations);
    return new Node.Relation(sides, relations);
  }

  /**
   * Two relations between the same expressions up to a constant factor: 2x + 4y = 3 and y = 3/4 -
   * x/2.
   */
  private Comparison ratio(Node.Relation gold, Node.Relation answer) {
    boolean scalar =
        gold.sides().stream().allMatch(Node.Scalar.class::isInstance)
            && answer.sides().stream().allMatch(Node.Scalar.class::isInstance);
    if (!scalar) {
      return DIFFERENT;
    }
    int sign = scalars.ratioSign(difference(gold), difference(answer));
    Node.Rel relation = answer.relations().get(0);
    Node.Rel expected = sign < 0 ? relation.flipped() : relation;
    return Comparison.of(sign != 0 && gold.relations().get(0) == expected, Method.STRUCTURE);
  }

  private static Node difference(Node.Relation relation) {
    return new Node.Add(
        List.of(relation.sides().get(0), ScalarGrammar.negated(relation.sides().get(1))));
  }

  /**
   * The value that a relation gives to a name, or that all its sides share; null if it gives none.
   */
  Node value(Node node) {
    if (node instanceof Node.In in) {
      return in.negated() || !name(in.element()) ? null : in.set();
    }
    Node.Relation relation = (Node.Relation) node;
    if (!relation.relations().stream()
        .allMatch(rel -> rel == Node.Rel.EQ || rel == Node.Rel.APPROX)) {
      return null;
    }
    int end = relation.sides().size() - 1;
    int start = name(relation.sides().get(0)) ? 1 : 0;
    if (start == 0 && name(relation.sides().get(end))) {
      end--;
    }
    Node value = relation.sides().get(start);
    if (start < end && relation.sides().subList(start + 1, end + 1).contains(value)) {
      return null; // x = x says nothing
    }
    for (int i = start + 1; i <= end; i++) {
      boolean approximate = relation.relations().get(i - 1) == Node.Rel.APPROX;
      if (!structures.compare(value, relation.sides().get(i)).equal()
          && !(approximate && near(value, relation.sides().get(i)))) {
        return null;
      }
    }
    return value;
  }

  private boolean near(Node value, Node approximation) {
    return scalars.near(bare(value), bare(approximation), APPROXIMATE);
  }

  private static Node bare(Node node) {
    return node instanceof Node.Quantity quantity ? quantity.value() : node;
  }

  /** Whether two relations give values to different names. */
  boolean names(Node gold, Node answer) {
    Node first = subject(gold);
    Node second = subject(answer);
    return first != null && second != null && !Canonical.text(first).equals(Canonical.text(second));
  }

  private static Node subject(Node node) {
    Node subject =
        node instanceof Node.In in ? in.element() : ((Node.Relation) node).sides().get(0);
    return name(subject) ? subject : null;
  }

  /**
   * A variable, words, an unknown function's value, letters side by side, or a tuple of variables.
   */
  private static boolean name(Node node) {
    if (node instanceof Node.Tuple tuple) {
      return tuple.items().stream().allMatch(Node.Sym.class::isInstance);
    }
    if (node instanceof Node.Mul product) {
      return product.factors().stream().allMatch(Node.Sym.class::isInstance);
    }
    return node instanceof Node.Sym || node instanceof Node.Call || node instanceof Node.Text;
  }
}
