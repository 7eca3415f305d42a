package dev.sponge.rl.reward.math;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * A set of real numbers as intervals in ascending order that neither overlap nor touch.
 *
 * @param pieces the intervals
 */
record RealSet(List<Piece> pieces) {
  /** An end of an interval: where it lies and how it was written. */
  record End(double value, Node node, boolean closed) {}

  /** One interval; a point has equal, closed ends. */
  record Piece(End low, End high) {}

  private static final End LOWEST = new End(Double.NEGATIVE_INFINITY, Node.Const.INFINITY, false);
  private static final End HIGHEST = new End(Double.POSITIVE_INFINITY, Node.Const.INFINITY, false);
  private static final RealSet ALL = new RealSet(List.of(new Piece(LOWEST, HIGHEST)));

  RealSet {
    pieces = List.copyOf(pieces);
  }

  /**
   * The set that a node names; null if it is none of the real numbers, or its ends are not all
   * constant.
   */
  static RealSet of(Node node, Budget budget) {
    budget.spend(16);
    if (node instanceof Node.NamedSet set) {
      return set.name().equals("R") ? ALL : null;
    }
    if (node instanceof Node.Tuple tuple && tuple.items().size() == 2) {
      return interval(
          tuple.items().get(0),
          !tuple.openLeft(),
          tuple.items().get(1),
          !tuple.openRight(),
          budget);
    }
    if (node instanceof Node.Set set) {
      return points(set.items(), budget);
    }
    if (node instanceof Node.Relation relation) {
      return solutions(relation, budget);
    }
    if (node instanceof Node.Items items && items.alternatives()) {
      return joined(items.items(), budget);
    }
    if (node instanceof Node.In in && !in.negated()) {
      return of(in.set(), budget);
    }
    return node instanceof Node.SetOp operation ? operation(operation, budget) : null;
  }

  private static RealSet points(List<Node> items, Budget budget) {
    List<Piece> pieces = new ArrayList<>();
    for (Node item : items) {
      double value = value(item, budget);
      if (!Double.isFinite(value)) {
        return null;
      }
      End end = new End(value, item, true);
      pieces.add(new Piece(end, end));
    }
    return merged(pieces);
  }

  private static RealSet interval(
      Node low, boolean lowClosed, Node high, boolean highClosed, Budget budget) {
    double from = value(low, budget);
    double to = value(high, budget);
    boolean empty = from > to || (from == to && !(lowClosed && highClosed));
    if (Double.isNaN(from) || Double.isNaN(to) || empty) {
      return null;
    }
    End first = Double.isInfinite(from) ? LOWEST : new End(from, low, lowClosed);
    End last = Double.isInfinite(to) ? HIGHEST : new End(to, high, highClosed);
    return new RealSet(List.of(new Piece(first, last)));
  }

  /** x > 2, x != 2, 1 < x <= 3. */
  private static RealSet solutions(Node.Relation relation, Budget budget) {
    List<Node> sides = relation.sides();
    List<Node.Rel> relations = relation.relations();
    if (sides.size() == 3
        && sides.get(1) instanceof Node.Sym
        && relations.stream().allMatch(Node.Rel::ordered)) {
      boolean rising = rising(relations.get(0));
      if (rising != rising(relations.get(1))) {
        return null;
      }
      boolean firstClosed = closed(relations.get(0));
      boolean lastClosed = closed(relations.get(1));
      return rising
          ? interval(sides.get(0), firstClosed, sides.get(2), lastClosed, budget)
          : interval(sides.get(2), lastClosed, sides.get(0), firstClosed, budget);
    }
    if (sides.size() != 2) {
      return null;
    }
    boolean named = sides.get(0) instanceof Node.Sym;
    Node bound = named ? sides.get(1) : sides.get(0);
    Node.Rel rel = named ? relations.get(0) : relations.get(0).flipped();
    double value = value(bound, budget);
    if (!Double.isFinite(value) || !(named || sides.get(1) instanceof Node.Sym)) {
      return null;
    }
    End end = new End(value, bound, closed(rel));
    return switch (rel) {
      case LT, LE -> new RealSet(List.of(new Piece(LOWEST, end)));
      case GT, GE -> new RealSet(List.of(new Piece(end, HIGHEST)));
      case NE -> new RealSet(List.of(new Piece(LOWEST, end), new Piece(end, HIGHEST)));
      case EQ, APPROX ->
          new RealSet(List.of(new Piece(new End(value, bound, true), new End(value, bound, true))));
    };
  }

  private static boolean rising(Node.Rel relation) {
    return relation == Node.Rel.LT || relation == Node.Rel.LE;
  }

  private static boolean closed(Node.Rel relation) {
    return relation == Node.Rel.LE || relation == Node.Rel.GE;
  }

  private static RealSet joined(List<Node> nodes, Budget budget) {
    List<Piece> pieces = new ArrayList<>();
    for (Node node : nodes) {
      RealSet set = of(node, budget);
      if (set == null) {
        return null;
      }
      pieces.addAll(set.pieces());
    }
    return merged(pieces);
  }

  private static RealSet operation(Node.SetOp operation, Budget budget) {
    if (operation.kind() == Node.SetOp.Kind.UNION) {
      return joined(operation.operands(), budget);
    }
    RealSet result = null;
    for (Node operand : operation.operands()) {
      RealSet set = of(operand, budget);
      if (set == null) {
        return null;
      }
      boolean difference = operation.kind() == Node.SetOp.Kind.DIFFERENCE;
      result = result == null ? set : result.intersected(difference ? set.complement() : set);
    }
    return result;
  }

  private RealSet intersected(RealSet other) {
    List<Piece> outside = new ArrayList<>(complement().pieces());
    outside.addAll(other.complement().pieces());
    return merged(outside).complement();
  }

  private RealSet complement() {
    List<Piece> gaps = new ArrayList<>();
    End from = LOWEST;
    for (Piece piece : pieces) {
      if (!Double.isInfinite(piece.low().value())) {
        gaps.add(
            new Piece(
                from, new End(piece.low().value(), piece.low().node(), !piece.low().closed())));
      }
      from =
          Double.isInfinite(piece.high().value())
              ? null
              : new End(piece.high().value(), piece.high().node(), !piece.high().closed());
    }
    if (from != null) {
      gaps.add(new Piece(from, HIGHEST));
    }
    return new RealSet(gaps);
  }

  private static RealSet merged(List<Piece> pieces) {
    List<Piece> sorted = new ArrayList<>(pieces);
    sorted.sort(
        Comparator.comparingDouble((Piece piece) -> piece.low().value())
            .thenComparing(piece -> !piece.low().closed()));
    List<Piece> merged = new ArrayList<>();
    for (Piece piece : sorted) {
      Piece last = merged.isEmpty() ? null : merged.get(merged.size() - 1);
      boolean joins =
          last != null
              && (piece.low().value() < last.high().value()
                  || (piece.low().value() == last.high().value()
                      && (piece.low().closed() || last.high().closed())));
      if (!joins) {
        merged.add(piece);
      } else if (piece.high().value() > last.high().value()
          || (piece.high().value() == last.high().value() && piece.high().closed())) {
        merged.set(merged.size() - 1, new Piece(last.low(), piece.high()));
      }
    }
    return new RealSet(merged);
  }

  private static double value(Node node, Budget budget) {
    if (node == Node.Const.INFINITY) {
      return Double.POSITIVE_INFINITY;
    }
    if (node.equals(ScalarGrammar.negated(Node.Const.INFINITY))) {
      return Double.NEGATIVE_INFINITY;
    }
    if (!(node instanceof Node.Scalar) || !Nodes.variables(node).isEmpty()) {
      return Double.NaN;
    }
    Complex value = new Numeric(Map.of(), budget).value(node);
    return value.finite() && value.real() ? value.re() : Double.NaN;
  }
}
