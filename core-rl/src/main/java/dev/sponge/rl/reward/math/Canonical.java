package dev.sponge.rl.reward.math;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** One text for what differs only in the order of terms and factors, in spelling and in spaces. */
final class Canonical {
  private Canonical() {}

  static String text(Node node) {
    return node instanceof Node.Scalar scalar ? scalar(scalar) : structure(node);
  }

  private static String scalar(Node.Scalar node) {
    if (node instanceof Node.Num number) {
      return number(number.value());
    }
    if (node instanceof Node.Sym symbol) {
      return symbol.name();
    }
    if (node instanceof Node.Const constant) {
      return constant == Node.Const.INFINITY ? "oo" : constant.name().toLowerCase(Locale.ROOT);
    }
    if (node instanceof Node.Add sum) {
      return "(" + sorted(sum.terms(), "+") + ")";
    }
    if (node instanceof Node.Mul product) {
      return product(product);
    }
    if (node instanceof Node.Div quotient) {
      return "(" + text(quotient.numerator()) + "/" + text(quotient.denominator()) + ")";
    }
    if (node instanceof Node.Pow power) {
      return "(" + text(power.base()) + "^" + text(power.exponent()) + ")";
    }
    if (node instanceof Node.Root root) {
      return "root(" + text(root.radicand()) + "," + text(root.index()) + ")";
    }
    if (node instanceof Node.Fn function) {
      return function.function().label() + "(" + joined(function.arguments()) + ")";
    }
    if (node instanceof Node.Call call) {
      return call.function() + "{" + joined(call.arguments()) + "}";
    }
    if (node instanceof Node.Percent percent) {
      return text(percent.value()) + "%";
    }
    if (node instanceof Node.Degree degree) {
      return "(" + text(degree.value()) + " " + degree.scale() + ")";
    }
    if (node instanceof Node.Based based) {
      return based.digits().toUpperCase(Locale.ROOT) + "_" + based.base();
    }
    if (node instanceof Node.PlusMinus term) {
      return "(+-" + term.sign() + text(term.term()) + ")";
    }
    throw new IllegalArgumentException(node.toString());
  }

  private static String structure(Node node) {
    if (node instanceof Node.Ratio ratio) {
      return String.join(":", texts(ratio.parts()));
    }
    if (node instanceof Node.Quantity quantity) {
      return text(quantity.value()) + " [" + quantity.unit() + "]";
    }
    if (node instanceof Node.Matrix matrix) {
      return matrix.rows().stream()
          .map(row -> "[" + joined(row) + "]")
          .collect(Collectors.joining(",", "[", "]"));
    }
    if (node instanceof Node.Text text) {
      return "\"" + folded(text.words()) + "\"";
    }
    if (node instanceof Node.Items items) {
      return sorted(items.items(), ", ");
    }
    if (node instanceof Node.Set set) {
      return "{" + String.join(", ", new TreeSet<>(texts(set.items()))) + "}";
    }
    if (node instanceof Node.Tuple tuple) {
      return (tuple.openLeft() ? "(" : "[")
          + joined(tuple.items())
          + (tuple.openRight() ? ")" : "]");
    }
    if (node instanceof Node.SetOp operation) {
      return operation.kind() == Node.SetOp.Kind.DIFFERENCE
          ? String.join(" \\ ", texts(operation.operands()))
          : sorted(operation.operands(), operation.kind() == Node.SetOp.Kind.UNION ? " u " : " n ");
    }
    if (node instanceof Node.NamedSet set) {
      return "|" + set.name() + "|";
    }
    if (node instanceof Node.In in) {
      return text(in.element()) + (in.negated() ? " notin " : " in ") + text(in.set());
    }
    if (node instanceof Node.Relation relation) {
      return relation(relation);
    }
    throw new IllegalArgumentException(node.toString());
  }

  private static String product(Node.Mul product) {
    Node first = product.factors().get(0);
    boolean minus =
        first instanceof Node.Num number && number.value().compareTo(BigDecimal.ONE.negate()) == 0;
    if (minus && product.factors().size() == 2) {
      return "-" + text(product.factors().get(1));
    }
    return "(" + sorted(product.factors(), "*") + ")";
  }

  private static String relation(Node.Relation relation) {
    StringBuilder text = new StringBuilder(text(relation.sides().get(0)));
    for (int i = 0; i < relation.relations().size(); i++) {
      text.append(' ')
          .append(relation.relations().get(i).sign())
          .append(' ')
          .append(text(relation.sides().get(i + 1)));
    }
    return text.toString();
  }

  private static String number(BigDecimal value) {
    if (value.signum() == 0) {
      return "0";
    }
    BigDecimal stripped = value.stripTrailingZeros();
    if (Math.abs(stripped.scale()) <= 20) {
      return stripped.toPlainString();
    }
    BigInteger digits = stripped.unscaledValue();
    return digits + "e" + -stripped.scale();
  }

  private static String sorted(List<Node> nodes, String separator) {
    List<String> texts = texts(nodes);
    Collections.sort(texts);
    return String.join(separator, texts);
  }

  private static String joined(List<Node> nodes) {
    return String.join(",", texts(nodes));
  }

  private static List<String> texts(List<Node> nodes) {
    List<String> texts = new ArrayList<>(nodes.size());
    for (Node node : nodes) {
      texts.add(text(node));
    }
    return texts;
  }

  /** Words without case, spaces and punctuation. */
  static String folded(String words) {
    StringBuilder folded = new StringBuilder(words.length());
    for (int i = 0; i < words.length(); i++) {
      char c = words.charAt(i);
      if (Character.isLetterOrDigit(c) || "+-*/=<>^".indexOf(c) >= 0) {
        folded.append(Character.toLowerCase(c));
      }
    }
    return folded.toString();
  }

  /**
   * How a node that may be a word in disguise is spelled: text, a variable, or a product of
   * letters; null for anything else.
   */
  static String spelling(Node node) {
    if (node instanceof Node.Text text) {
      return folded(text.words());
    }
    if (node instanceof Node.Mul product) {
      List<String> letters = product.factors().stream().map(Canonical::letter).toList();
      return letters.contains("") ? null : String.join("", letters);
    }
    String letter = letter(node);
    return letter.isEmpty() ? null : letter;
  }

  private static String letter(Node node) {
    boolean letter =
        node instanceof Node.Sym
            || (node instanceof Node.Const constant && constant != Node.Const.INFINITY);
    return letter ? folded(text(node)) : "";
  }
}
