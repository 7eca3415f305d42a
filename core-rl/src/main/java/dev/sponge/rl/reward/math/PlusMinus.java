package dev.sponge.rl.reward.math;

import java.util.List;

/** Replaces plus-minus by its two values. */
final class PlusMinus {
  private PlusMinus() {}

  /**
   * The item itself, or one item for each choice of sign. Several plus-minus in an item choose
   * together.
   */
  static List<Node> expanded(Node item) {
    return Nodes.contains(item, Node.PlusMinus.class)
        ? List.of(chosen(item, 1), chosen(item, -1))
        : List.of(item);
  }

  private static Node chosen(Node node, int sign) {
    if (node instanceof Node.PlusMinus term) {
      Node value = chosen(term.term(), sign);
      return term.sign() * sign > 0 ? value : ScalarGrammar.negated(value);
    }
    return node.mapped(child -> chosen(child, sign));
  }
}
