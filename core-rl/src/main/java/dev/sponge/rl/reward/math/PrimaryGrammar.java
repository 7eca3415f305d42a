package dev.sponge.rl.reward.math;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Numbers, variables, brackets, functions and commands with arguments. */
final class PrimaryGrammar {
  private static final Set<String> FUNCTION_NAMES =
      Set.of("f", "g", "h", "F", "G", "H", "\\phi", "\\psi", "\\varphi", "\\Gamma");
  private static final Set<String> CONSTANTS =
      Set.of(
          "pi", "infty", "frac", "sqrt", "binom", "lfloor", "lceil", "mathbb", "$", "euro",
          "pounds");

  private final Cursor cursor;
  private final ScalarGrammar scalars;
  private final AnswerGrammar structures;
  private final NameGrammar names;

  PrimaryGrammar(Cursor cursor, ScalarGrammar scalars, AnswerGrammar structures) {
    this.cursor = cursor;
    this.scalars = scalars;
    this.structures = structures;
    this.names = new NameGrammar(cursor);
  }

  /** Whether a command begins a factor. */
  static boolean starts(String command) {
    return Vocabulary.FUNCTIONS.containsKey(command)
        || Vocabulary.SYMBOLS.contains(command)
        || Vocabulary.ACCENTS.contains(command)
        || (CONSTANTS.contains(command) && !command.equals("mathbb"));
  }

  Node primary() {
    Token token = cursor.take();
    return switch (token.kind()) {
      case NUMBER -> number(token);
      case LETTER -> letter(token.text());
      case COMMAND -> command(token.text());
      case SIGN -> bracket(token);
      case WORDS, END -> {
        cursor.back(cursor.position() - (token.kind() == Token.Kind.END ? 0 : 1));
        throw cursor.unexpected();
      }
    };
  }

  /** A number whose token is passed, perhaps with its base as index. */
  Node number(Token token) {
    if (!cursor.skip('_')) {
      return ScalarGrammar.value(token.text());
    }
    boolean braced = cursor.skip('{');
    Token base = cursor.take();
    if (base.kind() != Token.Kind.NUMBER
        || base.text().length() > 2
        || base.text().indexOf('.') >= 0) {
      throw Refusal.unparsed("index of a number that is no base");
    }
    if (braced) {
      cursor.expect('}');
    }
    return based(token.text(), Integer.parseInt(base.text()));
  }

  /** Digits in a base of 2 to 36. */
  static Node based(String digits, int base) {
    if (base < 2 || base > 36) {
      throw Refusal.unparsed("base " + base);
    }
    for (int i = 0; i < digits.length(); i++) {
      if (Character.digit(digits.charAt(i), base) < 0) {
        throw Refusal.unparsed("digit " + digits.charAt(i) + " in base " + base);
      }
    }
    return new Node.Based(digits, base);
  }

  private Node letter(String name) {
    boolean bare = !cursor.peek().sign('_');
    if (bare && name.equals("e")) {
      return Node.Const.E;
    }
    if (bare && name.equals("i")) {
      return Node.Const.I;
    }
    return variable(name);
  }

  /**
   * A variable with its index; the value of a function where an argument follows that can be
   * nothing else.
   */
  private Node variable(String name) {
    String indexed = name;
    if (cursor.skip('_')) {
      indexed = name + "_" + names.index();
    }
    StringBuilder primes = new StringBuilder();
    while (cursor.skip('\'')) {
      primes.append('\'');
    }
    indexed += primes;
    boolean function = FUNCTION_NAMES.contains(name) || !primes.isEmpty();
    return cursor.peek().sign('(') && (function || atomicArgument())
        ? call(indexed)
        : new Node.Sym(indexed);
  }

  /** Whether a single letter or number stands in the brackets that follow: I(0), x(t). */
  private boolean atomicArgument() {
    Token argument = cursor.peek(1);
    boolean atom =
        argument.kind() == Token.Kind.LETTER
            || argument.kind() == Token.Kind.NUMBER
            || (argument.kind() == Token.Kind.COMMAND
                && Vocabulary.SYMBOLS.contains(argument.text()));
    return atom && cursor.peek(2).sign(')');
  }

  private Node call(String name) {
    cursor.take();
    List<Node> arguments = new ArrayList<>();
    do {
      arguments.add(scalars.bracketed(scalars::sum));
    } while (cursor.skip(','));
    cursor.expect(')');
    return new Node.Call(name, arguments);
  }

  private Node command(String name) {
    if (Vocabulary.SYMBOLS.contains(name)) {
      return variable("\\" + name);
    }
    Func function = Vocabulary.FUNCTIONS.get(name);
    if (function != null) {
      return function(function, name);
    }
    if (Vocabulary.ACCENTS.contains(name)) {
      return variable(name + "(" + names.accented() + ")");
    }
    return switch (name) {
      case "pi" -> Node.Const.PI;
      case "infty" -> Node.Const.INFINITY;
      case "frac" -> fraction();
      case "binom" -> new Node.Fn(Func.BINOMIAL, List.of(argument(false), argument(false)));
      case "sqrt" -> root();
      case "lfloor" -> delimited(Func.FLOOR, "rfloor");
      case "lceil" -> delimited(Func.CEIL, "rceil");
      case "$" -> currency("dollar");
      case "euro" -> currency("euro");
      case "pounds" -> currency("pound sterling");
      default -> throw Refusal.unparsed("command \\" + name);
    };
  }

  private Node currency(String name) {
    if (cursor.peek().kind() != Token.Kind.NUMBER && !cursor.peek().command("frac")) {
      throw Refusal.unparsed("currency without an amount");
    }
    structures.currency(name);
    return primary();
  }

  private Node delimited(Func function, String close) {
    Node value = scalars.bracketed(scalars::sum);
    cursor.expectCommand(close);
    return new Node.Fn(function, List.of(value));
  }

  private Node fraction() {
    int start = cursor.position();
    String above = names.differential();
    String below = above == null ? null : names.differential();
    if (below != null) {
      return new Node.Sym("d(" + above + ")/d(" + below + ")");
    }
    cursor.back(start);
    return new Node.Div(argument(false), argument(false));
  }

  private Node root() {
    Node index = Node.Num.of(2);
    if (cursor.skip('[')) {
      index = scalars.bracketed(scalars::sum);
      cursor.expect(']');
    }
    return new Node.Root(argument(false), index);
  }

  /**
   * The argument of a command or an exponent: a group, or one item.
   *
   * @param wholeNumbers whether a bare number is taken whole; otherwise only its first digit, as
   *     LaTeX does
   */
  Node argument(boolean wholeNumbers) {
    cursor.enter();
    Node argument;
    Token next = cursor.peek();
    if (next.sign('{') || next.sign('(')) {
      char close = next.sign('{') ? '}' : ')';
      cursor.take();
      argument = scalars.bracketed(scalars::sum);
      cursor.expect(close);
    } else if (next.kind() == Token.Kind.NUMBER) {
      cursor.take();
      argument = wholeNumbers || next.text().length() == 1 ? number(next) : firstDigit(next);
    } else if (next.kind() == Token.Kind.LETTER) {
      cursor.take();
      argument =
          next.text().equals("e")
              ? Node.Const.E
              : next.text().equals("i") ? Node.Const.I : new Node.Sym(next.text());
    } else if (next.kind() == Token.Kind.COMMAND && starts(next.text())) {
      argument = primary();
    } else {
      throw cursor.unexpected();
    }
    cursor.leave();
    return argument;
  }

  /** LaTeX takes one digit: \frac43 and \sqrt12 x; the rest goes back. */
  private Node firstDigit(Token number) {
    String digits = number.text();
    if (digits.indexOf('.') >= 0 || digits.indexOf('e') >= 0) {
      return ScalarGrammar.value(digits);
    }
    cursor.split(
        new Token(Token.Kind.NUMBER, digits.substring(0, 1), number.spaced(), number.start()),
        new Token(Token.Kind.NUMBER, digits.substring(1), false, number.start() + 1));
    return new Node.Num(new BigDecimal(digits.substring(0, 1)), false);
  }

  private Node bracket(Token token) {
    return switch (token.text().charAt(0)) {
      case '{' -> {
        Node content = scalars.bracketed(scalars::sum);
        cursor.expect('}');
        yield content;
      }
      case '(', '[' -> structures.bracket(token.sign('('));
      case '|' -> scalars.absolute();
      default -> {
        cursor.back(cursor.position() - 1);
        throw cursor.unexpected();
      }
    };
  }

  private Node function(Func function, String name) {
    Node base = name.equals("lg") ? Node.Num.of(10) : null;
    Node power = null;
    boolean inverse = false;
    while (cursor.peek().sign('_') || cursor.peek().sign('^')) {
      boolean index = cursor.take().sign('_');
      if (index) {
        base = logarithmBase(function);
      } else {
        boolean minus = cursor.skip('-');
        power = argument(true);
        power = minus ? ScalarGrammar.negated(power) : power;
        inverse =
            function.trigonometric()
                && power instanceof Node.Num number
                && number.value().intValue() == -1;
      }
    }
    Func applied = inverse ? Func.valueOf("ARC" + function.name()) : function;
    List<Node> arguments = arguments(applied);
    if (base != null) {
      arguments.add(base);
    }
    Node value = new Node.Fn(applied, arguments);
    return power == null || inverse ? value : new Node.Pow(value, power);
  }

  private Node logarithmBase(Func function) {
    if (function != Func.LOG) {
      throw Refusal.unparsed("index of a function");
    }
    boolean ten = cursor.peek().kind() == Token.Kind.NUMBER && cursor.peek().text().equals("10");
    return argument(ten);
  }

  /** The arguments in brackets, or the factors that follow up to the next sign or function. */
  private List<Node> arguments(Func function) {
    List<Node> arguments = new ArrayList<>();
    cursor.enter();
    boolean several = function.several();
    if (cursor.peek().sign('(')
        || (several && (cursor.peek().command("{") || cursor.peek().sign('{')))) {
      boolean round = cursor.peek().sign('(');
      boolean set = cursor.take().kind() == Token.Kind.COMMAND;
      do {
        arguments.add(scalars.bracketed(scalars::sum));
      } while (several && cursor.skip(','));
      if (set) {
        cursor.expectCommand("}");
      } else {
        cursor.expect(round ? ')' : '}');
      }
    } else if (cursor.peek().sign('{') || cursor.peek().sign('[')) {
      arguments.add(primary());
    } else {
      List<Node> factors = new ArrayList<>();
      if (cursor.skip('-')) {
        factors.add(Node.Num.of(-1));
      }
      do {
        factors.add(scalars.postfixed());
      } while (scalars.startsFactor() && !endsArgument());
      arguments.add(factors.size() == 1 ? factors.get(0) : new Node.Mul(factors));
    }
    cursor.leave();
    return arguments;
  }

  private boolean endsArgument() {
    Token next = cursor.peek();
    return next.sign('(')
        || next.sign('[')
        || next.sign('|')
        || Vocabulary.FUNCTIONS.containsKey(next.text())
        || next.kind() == Token.Kind.NUMBER;
  }
}
