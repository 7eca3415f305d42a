package dev.sponge.rl.reward.math;

import java.util.LinkedHashSet;
import java.util.function.UnaryOperator;

/** Walks over nodes. */
final class Nodes {
  private Nodes() {}

  /** The variables and unknown function values of a node, by name, in the order met. */
  static LinkedHashSet<String> variables(Node node) {
    LinkedHashSet<String> names = new LinkedHashSet<>();
    collect(node, names);
    return names;
  }

  private static Node collect(Node node, LinkedHashSet<String> names) {
    if (node instanceof Node.Sym symbol) {
      names.add(symbol.name());
    } else if (node instanceof Node.Call call) {
      names.add(Canonical.text(call));
      return node;
    }
    return node.mapped(child -> collect(child, names));
  }

  /** Whether a node of the kind stands anywhere within. */
  static boolean contains(Node node, Class<? extends Node> kind) {
    boolean[] found = {false};
    UnaryOperator<Node> visit =
        new UnaryOperator<>() {
          @Override
          public Node apply(Node child) {
            found[0] |= kind.isInstance(child);
            return found[0] ? child : child.mapped(this);
          }
        };
    visit.apply(node);
    return found[0];
  }
}
