package dev.sponge.rl.reward.math;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The LaTeX commands and words that answers may use. What stands in no table is refused. */
final class Vocabulary {
  /** Commands that only move or size what follows. */
  static final Set<String> IGNORED =
      Set.of(
          "left",
          "right",
          "big",
          "Big",
          "bigg",
          "Bigg",
          "bigl",
          "bigr",
          "Bigl",
          "Bigr",
          "biggl",
          "biggr",
          "displaystyle",
          "textstyle",
          "scriptstyle",
          "limits",
          "nolimits",
          "quad",
          "qquad",
          ",",
          ";",
          ":",
          "!",
          " ",
          "/",
          ">",
          "enspace",
          "thinspace",
          "middle",
          "mathbf",
          "boldsymbol",
          "bm",
          "mathit",
          "mathsf",
          "boxed",
          "fbox",
          "mathstrut",
          "bf",
          "it",
          "rm",
          "mathcal",
          "ensuremath",
          "mathnormal",
          "bold",
          "space",
          "nobreak",
          "noindent",
          "left.",
          "right.");

  /** Commands whose braces hold words. */
  static final Set<String> WORDS =
      Set.of(
          "text",
          "mbox",
          "textnormal",
          "textrm",
          "textbf",
          "textit",
          "mathrm",
          "operatorname",
          "hbox",
          "textsf",
          "texttt",
          "emph");

  /** Commands that vanish together with their argument. */
  static final Set<String> SPACES =
      Set.of("phantom", "hspace", "vspace", "hphantom", "vphantom", "hskip");

  /** Marks above a variable that make another variable of it. */
  static final Set<String> ACCENTS =
      Set.of(
          "dot",
          "ddot",
          "hat",
          "bar",
          "vec",
          "tilde",
          "overline",
          "widehat",
          "overrightarrow",
          "underline",
          "widetilde",
          "overleftrightarrow");

  /** Letters with a name and other commands that stand for a variable. */
  static final Set<String> SYMBOLS =
      Set.of(
          "alpha",
          "beta",
          "gamma",
          "delta",
          "epsilon",
          "varepsilon",
          "zeta",
          "eta",
          "theta",
          "vartheta",
          "iota",
          "kappa",
          "lambda",
          "mu",
          "nu",
          "xi",
          "omicron",
          "rho",
          "varrho",
          "sigma",
          "varsigma",
          "tau",
          "upsilon",
          "phi",
          "varphi",
          "chi",
          "psi",
          "omega",
          "Gamma",
          "Delta",
          "Theta",
          "Lambda",
          "Xi",
          "Pi",
          "Sigma",
          "Upsilon",
          "Phi",
          "Psi",
          "Omega",
          "hbar",
          "ell",
          "mho",
          "angle",
          "triangle",
          "odot",
          "partial",
          "nabla",
          "square",
          "oplus",
          "otimes",
          "star",
          "ast",
          "parallel",
          "perp",
          "Box",
          "varDelta");

  /** Functions by name. */
  static final Map<String, Func> FUNCTIONS = functions();

  /** Relations by name. */
  static final Map<String, Node.Rel> RELATIONS = relations();

  private static final Map<String, String> SYNONYMS =
      Map.ofEntries(
          Map.entry("dfrac", "frac"),
          Map.entry("tfrac", "frac"),
          Map.entry("cfrac", "frac"),
          Map.entry("dbinom", "binom"),
          Map.entry("tbinom", "binom"),
          Map.entry("lbrace", "{"),
          Map.entry("rbrace", "}"),
          Map.entry("lbrack", "["),
          Map.entry("rbrack", "]"),
          Map.entry("ast", "cdot"),
          Map.entry("degree", "circ"),
          Map.entry("varnothing", "emptyset"),
          Map.entry("lor", "or"),
          Map.entry("vee", "or"),
          Map.entry("land", "and"),
          Map.entry("wedge", "and"),
          Map.entry("backslash", "setminus"),
          Map.entry("smallsetminus", "setminus"),
          Map.entry("bigcup", "cup"),
          Map.entry("Reals", "mathbb"),
          Map.entry("cdotp", "cdot"));

  private static final Set<String> GREEK_WORDS =
      Set.of(
          "alpha", "beta", "gamma", "delta", "epsilon", "theta", "lambda", "rho", "sigma", "tau",
          "phi", "psi", "omega");

  /** Words of plain text that mean a command. */
  private static final Map<String, String> PLAIN = plain();

  private Vocabulary() {}

  /** The command that a spelling stands for. */
  static String command(String name) {
    return SYNONYMS.getOrDefault(name, name);
  }

  /** The command that a plain word means; null if it is none. */
  static String plainWord(String word) {
    return PLAIN.get(word);
  }

  private static Map<String, Func> functions() {
    Map<String, Func> functions = new HashMap<>();
    for (Func function : Func.values()) {
      functions.put(function.label(), function);
    }
    functions.remove("factorial");
    functions.remove("binomial");
    functions.put("ln", Func.LOG);
    functions.put("lg", Func.LOG);
    functions.put("cosec", Func.CSC);
    functions.put("ctg", Func.COT);
    functions.put("cotg", Func.COT);
    functions.put("tg", Func.TAN);
    functions.put("arctg", Func.ARCTAN);
    functions.put("asin", Func.ARCSIN);
    functions.put("acos", Func.ARCCOS);
    functions.put("atan", Func.ARCTAN);
    functions.put("sgn", Func.SIGN);
    functions.put("Re", Func.RE);
    functions.put("Im", Func.IM);
    functions.remove("re");
    functions.remove("im");
    functions.remove("sign");
    return Map.copyOf(functions);
  }

  private static Map<String, Node.Rel> relations() {
    Map<String, Node.Rel> relations = new HashMap<>();
    for (String name : new String[] {"ne", "neq", "not="}) {
      relations.put(name, Node.Rel.NE);
    }
    for (String name : new String[] {"le", "leq", "leqslant", "leqq"}) {
      relations.put(name, Node.Rel.LE);
    }
    for (String name : new String[] {"ge", "geq", "geqslant", "geqq"}) {
      relations.put(name, Node.Rel.GE);
    }
    relations.put("lt", Node.Rel.LT);
    relations.put("gt", Node.Rel.GT);
    relations.put("approx", Node.Rel.APPROX);
    relations.put("simeq", Node.Rel.APPROX);
    relations.put("doteq", Node.Rel.APPROX);
    return Map.copyOf(relations);
  }

  private static Map<String, String> plain() {
    Map<String, String> plain = new HashMap<>();
    for (String name : FUNCTIONS.keySet()) {
      if (!name.equals("Re") && !name.equals("Im") && !name.equals("lg") && !name.equals("tg")) {
        plain.put(name, name);
      }
    }
    for (String name :
        new String[] {
          "sqrt", "pi", "or", "and", "infty", "binom", "frac", "pm", "times", "cdot", "cup"
        }) {
      plain.put(name, name);
    }
    for (String name : GREEK_WORDS) {
      plain.put(name, name);
    }
    plain.put("infinity", "infty");
    plain.put("inf", "infty");
    plain.put("oo", "infty");
    plain.put("union", "cup");
    plain.put("Union", "cup");
    return Map.copyOf(plain);
  }
}
