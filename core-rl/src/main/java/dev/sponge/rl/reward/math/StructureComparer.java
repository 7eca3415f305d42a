package dev.sponge.rl.reward.math;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/**
 * Equality of words, relations, sets, tuples, matrices and quantities, piece by piece down to
 * values.
 */
final class StructureComparer {
  private static final Comparison DIFFERENT = Comparison.of(false, Method.STRUCTURE);

  private final VerifyOptions options;
  private final Budget budget;
  private final ScalarComparer scalars;
  private final RelationComparer relations;
  /** Canonical texts by identity: the elements of sets are compared many times. */
  private final IdentityHashMap<Node, String> texts = new IdentityHashMap<>();

  StructureComparer(VerifyOptions options) {
    this.options = options;
    this.budget = new Budget(options.limits().work());
    this.scalars = new ScalarComparer(options, budget);
    this.relations = new RelationComparer(this, scalars);
  }

  Comparison compareAnswers(Node gold, Node answer) {
    Comparison verdict = compare(gold, answer);
    if (verdict.equal() || options.strictVariables()) {
      return verdict;
    }
    Node renamed = renamed(gold, answer);
    return renamed == null ? verdict : compare(gold, renamed);
  }

  /**
   * The answer with its variables renamed to those of gold in alphabetical order; null if their
   * numbers differ.
   */
  private static Node renamed(Node gold, Node answer) {
    TreeSet<String> names = new TreeSet<>(Nodes.variables(gold));
    TreeSet<String> others = new TreeSet<>(Nodes.variables(answer));
    if (names.size() != others.size() || names.isEmpty()) {
      return null;
    }
    Map<String, String> to = new TreeMap<>();
    Iterator<String> name = names.iterator();
    others.forEach(other -> to.put(other, name.next()));
    UnaryOperator<Node> rename =
        new UnaryOperator<>() {
          @Override
          public Node apply(Node node) {
            return node instanceof Node.Sym symbol && to.containsKey(symbol.name())
                ? new Node.Sym(to.get(symbol.name()))
                : node.mapped(this);
          }
        };
    return rename.apply(answer);
  }

  private String text(Node node) {
    return texts.computeIfAbsent(node, Canonical::text);
  }

  Comparison compare(Node gold, Node answer) {
    budget.spend(8);
    if (gold.equals(answer) || text(gold).equals(text(answer))) {
      return Comparison.of(true, Method.TEXT);
    }
    if (gold instanceof Node.Relation
        || answer instanceof Node.Relation
        || gold instanceof Node.In
        || answer instanceof Node.In) {
      return relation(gold, answer);
    }
    if (gold instanceof Node.Text || answer instanceof Node.Text) {
      String first = Canonical.spelling(gold);
      return Comparison.of(
          first != null && !first.isEmpty() && first.equals(Canonical.spelling(answer)),
          Method.TEXT);
    }
    if (gold instanceof Node.Scalar && answer instanceof Node.Scalar) {
      return scalar(gold, answer);
    }
    if (scalarOrQuantity(gold) && scalarOrQuantity(answer)) {
      return unitsAgree(gold, answer) ? compare(bare(gold), bare(answer)) : DIFFERENT;
    }
    return structure(gold, answer);
  }

  private static boolean scalarOrQuantity(Node node) {
    return node instanceof Node.Scalar || node instanceof Node.Quantity;
  }

  private static Node bare(Node node) {
    return node instanceof Node.Quantity quantity ? quantity.value() : node;
  }

  /**
   * A unit on both sides must be the same one; words that are no known unit count in the gold
   * answer only.
   */
  private boolean unitsAgree(Node gold, Node answer) {
    Node.Quantity first = unit(gold);
    Node.Quantity second = unit(answer);
    if (first != null && second != null && first.unit().equals(second.unit())) {
      return true;
    }
    if (options.units() == Units.ANY) {
      return true;
    }
    boolean firstGeneric = first == null || first.unit().startsWith("unit");
    boolean secondGeneric = second == null || second.unit().startsWith("unit");
    return second == null || (second.known() && (firstGeneric || secondGeneric));
  }

  private static Node.Quantity unit(Node node) {
    if (node instanceof Node.Quantity quantity) {
      return quantity;
    }
    if (node instanceof Node.Percent percent) {
      return new Node.Quantity(percent.value(), "percent", true);
    }
    return node instanceof Node.Degree degree
        ? new Node.Quantity(degree.value(), degree.scale(), true)
        : null;
  }

  private Comparison scalar(Node gold, Node answer) {
    if (!unitsAgree(gold, answer)) {
      return DIFFERENT;
    }
    Node first = gold instanceof Node.Degree degree ? degree.value() : gold;
    Node second = answer instanceof Node.Degree degree ? degree.value() : answer;
    if (first instanceof Node.Based || second instanceof Node.Based) {
      return Comparison.of(false, Method.EXACT);
    }
    Comparison verdict = scalars.compare(first, second);
    boolean percent = first instanceof Node.Percent != second instanceof Node.Percent;
    if (verdict.equal() || !percent || !options.percentLenient()) {
      return verdict;
    }
    return scalars.compare(
        first instanceof Node.Percent number ? number.value() : first,
        second instanceof Node.Percent number ? number.value() : second);
  }

  private Comparison relation(Node gold, Node answer) {
    boolean first = gold instanceof Node.Relation || gold instanceof Node.In;
    boolean second = answer instanceof Node.Relation || answer instanceof Node.In;
    Comparison direct = first && second ? relations.compare(gold, answer) : DIFFERENT;
    if (direct.equal()) {
      return direct;
    }
    Node left = first ? relations.value(gold) : gold;
    Node right = second ? relations.value(answer) : answer;
    if (left != null && right != null && !(first && second && relations.names(gold, answer))) {
      Comparison verdict = compare(left, right);
      if (verdict.equal()) {
        return verdict;
      }
    }
    boolean sets =
        first
            ? !second
                || options.setRelation()
                || gold instanceof Node.In
                || answer instanceof Node.In
            : options.setRelation() || answer instanceof Node.In;
    return sets ? realSets(gold, answer) : DIFFERENT;
  }

  private Comparison structure(Node gold, Node answer) {
    if (gold instanceof Node.Matrix || answer instanceof Node.Matrix) {
      return gold instanceof Node.Matrix first && answer instanceof Node.Matrix second
          ? matrices(first, second)
          : DIFFERENT;
    }
    if (gold instanceof Node.Ratio || answer instanceof Node.Ratio) {
      return gold instanceof Node.Ratio first && answer instanceof Node.Ratio second
          ? ordered(first.parts(), second.parts())
          : DIFFERENT;
    }
    if (gold instanceof Node.Tuple first && answer instanceof Node.Tuple second) {
      return tuples(first, second);
    }
    List<Node> left = items(gold);
    List<Node> right = items(answer);
    if (left != null && right != null) {
      boolean multiset = !(gold instanceof Node.Set) && !(answer instanceof Node.Set);
      Comparison verdict = unordered(left, right, multiset);
      return verdict.equal() ? verdict : alternatives(gold, answer);
    }
    return realSets(gold, answer);
  }

  private Comparison alternatives(Node gold, Node answer) {
    boolean sets =
        gold instanceof Node.Items first
            && answer instanceof Node.Items second
            && first.alternatives()
            && second.alternatives();
    return sets ? realSets(gold, answer) : DIFFERENT;
  }

  /** The elements of a list, a set, or a single value beside one; null for anything else. */
  private List<Node> items(Node node) {
    if (node instanceof Node.Items items) {
      return items.items();
    }
    if (node instanceof Node.Set set) {
      return set.items();
    }
    if (node instanceof Node.Tuple tuple && !options.strictVariables()) {
      return tuple.items();
    }
    return scalarOrQuantity(node) ? List.of(node) : null;
  }

  private Comparison tuples(Node.Tuple gold, Node.Tuple answer) {
    boolean interval = gold.items().size() == 2;
    boolean brackets =
        gold.openLeft() == answer.openLeft() && gold.openRight() == answer.openRight();
    return interval && !brackets ? DIFFERENT : ordered(gold.items(), answer.items());
  }

  private Comparison matrices(Node.Matrix gold, Node.Matrix answer) {
    if (gold.rows().size() != answer.rows().size()) {
      return DIFFERENT;
    }
    for (int i = 0; i < gold.rows().size(); i++) {
      if (!ordered(gold.rows().get(i), answer.rows().get(i)).equal()) {
        return DIFFERENT;
      }
    }
    return Comparison.of(true, Method.STRUCTURE);
  }

  Comparison ordered(List<Node> gold, List<Node> answer) {
    if (gold.size() != answer.size()) {
      return DIFFERENT;
    }
    for (int i = 0; i < gold.size(); i++) {
      if (!compare(gold.get(i), answer.get(i)).equal()) {
        return DIFFERENT;
      }
    }
    return Comparison.of(true, Method.STRUCTURE);
  }

  /** Every element has an equal one on the other side; in multisets each its own. */
  private Comparison unordered(List<Node> gold, List<Node> answer, boolean multiset) {
    if (multiset && gold.size() != answer.size()) {
      return DIFFERENT;
    }
    List<Node> open = new ArrayList<>(answer);
    boolean[] met = new boolean[answer.size()];
    for (Node element : gold) {
      boolean found = false;
      for (int i = 0; i < open.size() && !(found && multiset); i++) {
        if (!(multiset && met[i]) && compare(element, open.get(i)).equal()) {
          met[i] = true;
          found = true;
        }
      }
      if (!found) {
        return DIFFERENT;
      }
    }
    for (boolean each : met) {
      if (!each) {
        return DIFFERENT;
      }
    }
    return Comparison.of(true, Method.STRUCTURE);
  }

  private Comparison realSets(Node gold, Node answer) {
    RealSet first = RealSet.of(gold, budget);
    RealSet second = first == null ? null : RealSet.of(answer, budget);
    if (second == null) {
      return operands(gold, answer);
    }
    if (first.pieces().size() != second.pieces().size()) {
      return DIFFERENT;
    }
    for (int i = 0; i < first.pieces().size(); i++) {
      RealSet.Piece left = first.pieces().get(i);
      RealSet.Piece right = second.pieces().get(i);
      if (!ends(left.low(), right.low()) || !ends(left.high(), right.high())) {
        return DIFFERENT;
      }
    }
    return Comparison.of(true, Method.STRUCTURE);
  }

  private boolean ends(RealSet.End gold, RealSet.End answer) {
    if (Double.isInfinite(gold.value()) || Double.isInfinite(answer.value())) {
      return gold.value() == answer.value();
    }
    return gold.closed() == answer.closed() && compare(gold.node(), answer.node()).equal();
  }

  private Comparison operands(Node gold, Node answer) {
    boolean same =
        gold instanceof Node.SetOp first
            && answer instanceof Node.SetOp second
            && first.kind() == second.kind();
    if (!same) {
      return DIFFERENT;
    }
    Node.SetOp first = (Node.SetOp) gold;
    Node.SetOp second = (Node.SetOp) answer;
    return first.kind() == Node.SetOp.Kind.DIFFERENCE
        ? ordered(first.operands(), second.operands())
        : unordered(first.operands(), second.operands(), true);
  }
}
