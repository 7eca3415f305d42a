package dev.sponge.rl.reward.math;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Responses that are built to cost time, space or stack. None holds the gold answer. */
final class HostileInputs {
  static final String GOLD = "7919";

  private HostileInputs() {}

  /** More than 200 of them, the same on every call. */
  static List<String> all() {
    List<String> all = new ArrayList<>();
    addNesting(all);
    addNumbers(all);
    addAlgebra(all);
    addExtraction(all);
    addCharacters(all);
    return all;
  }

  private static String boxed(String answer) {
    return "\\boxed{" + answer + "}";
  }

  private static String sum(int terms, String sign, IntFunction<String> term) {
    return IntStream.range(0, terms).mapToObj(term).collect(Collectors.joining(sign));
  }

  private static void addNesting(List<String> all) {
    String[][] around = {
      {"(", ")"},
      {"{", "}"},
      {"\\left(", "\\right)"},
      {"[", "]"},
      {"\\sqrt{", "}"},
      {"\\frac{1}{", "}"},
      {"|", "|"},
      {"\\{", "\\}"},
      {"\\text{", "}"},
      {"\\boxed{", "}"},
      {"\\sin(", ")"},
      {"2^{", "}"},
      {"\\lfloor ", "\\rfloor "}
    };
    for (String[] pair : around) {
      for (int depth : new int[] {30, 59, 300, 50_000}) {
        all.add(boxed(pair[0].repeat(depth) + "x" + pair[1].repeat(depth)));
      }
      all.add(boxed(pair[0].repeat(400) + "x"));
    }
  }

  private static void addNumbers(List<String> all) {
    for (String number :
        List.of(
            "10^{10^{10}}",
            "10^{10^{10^{10}}}",
            "9^{9^{9^{9}}}",
            "2^{2^{2^{2^{2^{2}}}}}",
            "(100000!)!",
            "((9!)!)!",
            "2500!",
            "2499!+1",
            "99999999999!",
            "\\binom{1000000}{500000}",
            "\\binom{2500}{1250}",
            "\\binom{10^{9}}{3}",
            "2^{40000}",
            "3^{25000}+1",
            "7919^{7919}",
            "0.1^{100000}",
            "1.000001^{1000000000}",
            "(1+10^{-9})^{10^{9}}",
            "1e999999999",
            "1e-999999999",
            "9e9999999999999999999",
            "\\sqrt[1000000000]{7}",
            "\\sqrt[3]{10^{10000}}",
            "\\frac{1}{10^{10^{9}}}",
            "e^{e^{e^{e^{e}}}}",
            "\\ln(\\ln(\\ln(10^{100000})))",
            "\\log_{10^{-300}}(10^{300})",
            "\\sin(10^{10000})",
            "\\tan(\\frac{\\pi}{2})^{100}",
            "2147483648!",
            "9223372036854775808^{9223372036854775808}",
            "123456789_{99999999999}")) {
      all.add(boxed(number));
    }
    for (int digits : new int[] {100, 4000, 100_000}) {
      all.add(boxed("9".repeat(digits)));
      all.add("The final answer is " + "9".repeat(digits));
      all.add(boxed("0." + "3".repeat(digits)));
      all.add(boxed("\\frac{" + "7".repeat(digits / 2) + "}{" + "3".repeat(digits / 2) + "}"));
      all.add(boxed("1" + ",000".repeat(digits / 4)));
    }
  }

  private static void addAlgebra(List<String> all) {
    for (int terms : new int[] {50, 700, 40_000}) {
      all.add(boxed(sum(terms, "+", i -> "x")));
      all.add(boxed(sum(terms, "-", i -> "(x-1)")));
      all.add(boxed(sum(terms, "*", i -> "(x+1)")));
      all.add(boxed(sum(terms, "^", i -> "2")));
      all.add(boxed(sum(terms, ",", i -> "" + i)));
      all.add(boxed("\\{" + sum(terms, ",", i -> "x^{" + i + "}") + "\\}"));
      all.add(boxed(sum(terms, "=", i -> "x")));
      all.add(boxed(sum(terms, "<", i -> "x")));
      all.add(boxed("-".repeat(terms) + "1"));
      all.add(boxed("5" + "!".repeat(terms)));
      all.add(boxed("5" + "\\%".repeat(terms)));
      all.add(boxed("\\pm ".repeat(terms) + "1"));
      all.add(boxed(sum(terms, "", i -> "\\pm" + i)));
      all.add(boxed(sum(terms, " \\cup ", i -> "(" + i + "," + i + ".5)")));
      all.add(boxed(sum(terms, "", i -> "x'")));
    }
    for (String algebra :
        List.of(
            "(x+y+z)^{200}",
            "(x+y+z+w+u+v)^{100000}",
            "(a+b)^{(a+b)^{(a+b)}}",
            "\\sum_{i=1}^{1000}\\sum_{j=1}^{1000}\\sum_{k=1}^{1000} ijk",
            "\\sum_{i=1}^{10^{12}} i",
            "\\prod_{i=1}^{100000} i",
            "\\int_0^1 x^{x^{x}} dx",
            "\\lim_{x \\to 0} \\frac{\\sin x}{x}",
            "\\sum_{i=1}^{\\infty} \\frac{1}{i^2}",
            "\\gcd(2^{9999},3^{9999})",
            "\\sin\\cos\\tan\\sin\\cos\\tan x")) {
      all.add(boxed(algebra));
    }
    for (int size : new int[] {10, 30, 200}) {
      String row = sum(size, " & ", i -> "" + i);
      String matrix = "\\begin{pmatrix} " + sum(size, " \\\\ ", i -> row) + " \\end{pmatrix}";
      all.add(boxed(matrix));
      all.add(boxed(matrix + "^{100}"));
      all.add(boxed(matrix.repeat(4)));
    }
  }

  private static void addExtraction(List<String> all) {
    for (String piece :
        List.of(
            "\\(",
            "\\[",
            "$",
            "$$",
            "$ ",
            "\\boxed",
            "\\boxed{",
            "\\boxed{1}",
            "\\boxed{1} and ",
            "\\boxed{\\frac{",
            "}",
            "answer ",
            "answer: ",
            "the final answer is ",
            "<think>",
            "</think>",
            "\\",
            "1,",
            "1 ",
            "-1",
            "3/4 ",
            "(1",
            "\n$",
            "% \\boxed{2}\n",
            "<!-- \\boxed{3}",
            "\\begin{pmatrix}",
            "\\$",
            "$1$, ")) {
      all.add(piece.repeat(200_000 / piece.length()));
    }
  }

  private static void addCharacters(List<String> all) {
    for (String piece : List.of("\u0000", "\ud800", "\udc00", "\u200b", "\u0301", "\ufdfa")) {
      all.add(boxed("7" + piece + "919"));
      all.add(boxed(piece.repeat(4000)));
    }
    all.add(piecesOfManyPlanes());
  }

  private static String piecesOfManyPlanes() {
    return boxed(
        IntStream.range(0, 1000)
            .mapToObj(i -> Character.toString(i * 1000 + 1))
            .collect(Collectors.joining()));
  }
}
