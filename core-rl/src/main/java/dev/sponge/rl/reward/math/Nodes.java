package dev.sponge.rl.reward.math;

import java.util.LinkedHashSet;
import java.util.Set;

/** Walks over nodes. */
final class Nodes {
  private Nodes() {}

  /** The variables and unknown function values of a node, by name, in the order met. */
  static Set<String> variables(Node node) {
    Set<String> names = new LinkedHashSet<>();
    collect(node, names);
    return names;
  }

  private static Node collect(Node node, Set<String> names) {
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
    boolean[] found = {kind.isInstance(node)};
    node.mapped(
        child -> {
          found[0] = found[0] || contains(child, kind);
          return child;
        });
    return found[0];
  }
}
