package dev.sponge.rl.reward.math;

import java.util.ArrayList;
import java.util.List;

/** Cuts cleaned text into tokens, in one pass. */
final class Lexer {
  private final String text;
  private final boolean wholeNumber;
  private final List<Token> tokens = new ArrayList<>();
  private final StringBuilder brackets = new StringBuilder();
  private int at;
  private boolean spaced;

  private Lexer(String text) {
    this.text = text;
    this.wholeNumber = Spelling.thousands(text);
  }

  static List<Token> tokens(String text) {
    Lexer lexer = new Lexer(text);
    while (lexer.at < text.length()) {
      lexer.next();
    }
    lexer.add(Token.Kind.END, "", text.length());
    return lexer.tokens;
  }

  private void next() {
    char c = text.charAt(at);
    if (c == ' ' || c == '~') {
      spaced = true;
      at++;
    } else if (digit(at) || (c == '.' && digit(at + 1))) {
      number();
    } else if (letter(at)) {
      letters();
    } else if (c == '\\') {
      command();
    } else if ("+-*/^_(){}[]|!,;:=<>%'&\"".indexOf(c) >= 0) {
      sign(c);
    } else {
      throw Refusal.unparsed("character U+" + Integer.toHexString(c));
    }
  }

  private void add(Token.Kind kind, String value, int start) {
    tokens.add(new Token(kind, value, spaced, start));
    spaced = false;
  }

  private void sign(char c) {
    int start = at++;
    switch (c) {
      case '(', '[', '{' -> brackets.append(c);
      case ')', ']', '}' -> brackets.setLength(Math.max(0, brackets.length() - 1));
      case '"' -> {
        spaced = true;
        return;
      }
      case '<', '>', '!' -> {
        if (at < text.length() && text.charAt(at) == '=') {
          at++;
          add(Token.Kind.COMMAND, c == '<' ? "le" : c == '>' ? "ge" : "ne", start);
          return;
        }
      }
      case '*' -> {
        if (at < text.length() && text.charAt(at) == '*') {
          at++;
          add(Token.Kind.SIGN, "^", start);
          return;
        }
      }
      default -> {}
    }
    add(Token.Kind.SIGN, String.valueOf(c), start);
  }

  /**
   * A number with all that belongs to it: separators of thousands, decimals, repeating decimals,
   * exponent.
   */
  private void number() {
    int start = at;
    StringBuilder digits = new StringBuilder();
    integerPart(digits);
    if (at < text.length()
        && text.charAt(at) == '.'
        && (digit(at + 1) || text.startsWith("\\overline{", at + 1))) {
      at++;
      digits.append('.');
      digits(digits);
      repeating(digits);
    }
    exponent(digits);
    add(Token.Kind.NUMBER, digits.toString(), start);
  }

  private void integerPart(StringBuilder digits) {
    digits(digits);
    boolean grouped = digits.length() > 0 && digits.length() <= 3;
    while (grouped) {
      int after = separatorEnd();
      grouped =
          after > 0 && digit(after) && digit(after + 1) && digit(after + 2) && !digit(after + 3);
      if (grouped) {
        digits.append(text, after, after + 3);
        at = after + 3;
      }
    }
  }

  /** Where the digits after a separator of thousands begin; 0 if none stands here. */
  private int separatorEnd() {
    for (String separator : new String[] {",\\!", "{,}", "\\,", "\\!,"}) {
      if (text.startsWith(separator, at)) {
        int after = at + separator.length();
        while (after < text.length() && text.charAt(after) == ' ') {
          after++;
        }
        return after;
      }
    }
    boolean argument = brackets.length() > 0 && brackets.charAt(brackets.length() - 1) == '{';
    return text.startsWith(",", at) && (wholeNumber || argument) ? at + 1 : 0;
  }

  private void repeating(StringBuilder digits) {
    if (!text.startsWith("\\overline{", at)) {
      return;
    }
    int close = text.indexOf('}', at);
    int from = at + "\\overline{".length();
    if (close <= from) {
      throw Refusal.unparsed("repeating decimals without digits");
    }
    for (int i = from; i < close; i++) {
      if (!digit(i)) {
        throw Refusal.unparsed("repeating decimals that are no digits");
      }
    }
    digits.append('(').append(text, from, close).append(')');
    at = close + 1;
  }

  private void exponent(StringBuilder digits) {
    if (at >= text.length()
        || (text.charAt(at) != 'e' && text.charAt(at) != 'E')
        || digits.indexOf("(") >= 0) {
      return;
    }
    int from = at + 1;
    if (from < text.length() && (text.charAt(from) == '-' || text.charAt(from) == '+')) {
      from++;
    }
    int end = from;
    while (digit(end)) {
      end++;
    }
    if (end == from || letter(end)) {
      return;
    }
    if (end - from > 5) {
      throw Refusal.limit("exponent of " + (end - from) + " digits");
    }
    digits.append('e').append(text, at + 1, end);
    at = end;
  }

  private void digits(StringBuilder digits) {
    int start = at;
    while (digit(at)) {
      at++;
    }
    digits.append(text, start, at);
  }

  /**
   * Letters outside braces of words: a known word, a unit after a number, other words, or single
   * variables.
   */
  private void letters() {
    int start = at;
    int end = at;
    while (letter(end)) {
      end++;
    }
    if (text.startsWith("a.m", start) || text.startsWith("p.m", start)) {
      at = start + 3 + (text.startsWith(".", start + 3) ? 1 : 0);
      add(Token.Kind.WORDS, text.substring(start, start + 3), start);
      return;
    }
    String word = text.substring(start, end);
    String command = word.equals("min") && afterNumber() ? null : Vocabulary.plainWord(word);
    if (command != null) {
      at = end;
      add(Token.Kind.COMMAND, command, start);
    } else if (Spelling.isWord(word) || (UnitTable.plain(word) && afterNumber())) {
      at = end;
      add(Token.Kind.WORDS, word, start);
    } else {
      String function = Spelling.leadingFunction(word);
      if (function != null) {
        add(Token.Kind.COMMAND, function, start);
        at = start + function.length();
      }
      while (at < end) {
        add(Token.Kind.LETTER, text.substring(at, at + 1), at);
        at++;
      }
    }
  }

  private boolean afterNumber() {
    if (tokens.isEmpty()) {
      return false;
    }
    Token last = tokens.get(tokens.size() - 1);
    return last.kind() == Token.Kind.NUMBER
        || last.kind() == Token.Kind.WORDS
        || last.sign('}')
        || last.command("pi");
  }

  private void command() {
    int start = at++;
    if (at >= text.length()) {
      throw Refusal.unparsed("backslash at the end");
    }
    int end = at;
    while (letter(end)) {
      end++;
    }
    if (end == at) {
      symbolCommand(start);
      return;
    }
    String name = Vocabulary.command(text.substring(at, end));
    at = end;
    if (Vocabulary.IGNORED.contains(name)) {
      ignored(name);
    } else if (Vocabulary.SPACES.contains(name)) {
      argument();
      spaced = true;
    } else if (Vocabulary.WORDS.contains(name)) {
      words(start);
    } else if (name.equals("begin") || name.equals("end")) {
      add(Token.Kind.COMMAND, name + " " + argument(), start);
    } else if (name.equals("lvert")
        || name.equals("rvert")
        || name.equals("vert")
        || name.equals("mid")) {
      add(Token.Kind.SIGN, "|", start);
    } else {
      add(Token.Kind.COMMAND, name, start);
    }
  }

  private void symbolCommand(int start) {
    char c = text.charAt(at++);
    switch (c) {
      case '%' -> add(Token.Kind.SIGN, "%", start);
      case '$', '{', '}', '\\' -> add(Token.Kind.COMMAND, String.valueOf(c), start);
      case ',', ';', ':', '!', ' ', '/', '>' -> spaced = true;
      default -> throw Refusal.unparsed("command \\" + c);
    }
  }

  private void ignored(String name) {
    spaced = true;
    if ((name.equals("left") || name.equals("right"))
        && at < text.length()
        && text.charAt(at) == '.') {
      at++;
    }
  }

  /**
   * The words between the braces that follow; joined to a command, a letter or a number where they
   * are one.
   */
  private void words(int start) {
    int from = at;
    String content = argument();
    String words = content.strip();
    String command = words.equals("min") && afterNumber() ? null : Vocabulary.plainWord(words);
    String conjunction = words.startsWith(", ") ? words.substring(2) : words;
    if (conjunction.equals("or") || conjunction.equals("and")) {
      add(Token.Kind.COMMAND, conjunction, start);
    } else if (words.equals(",")) {
      add(Token.Kind.SIGN, ",", start);
    } else if (command != null) {
      add(Token.Kind.COMMAND, command, start);
    } else if (Spelling.numeric(words)) {
      int end = at;
      at = text.indexOf(words, from);
      while (at < end - 1) {
        next();
      }
      at = end;
    } else if (words.length() == 1
        && Character.isLetter(words.charAt(0))
        && text.startsWith("\\mathrm", start)) {
      add(Token.Kind.LETTER, words, start);
    } else if (!words.isEmpty()) {
      add(Token.Kind.WORDS, words, start);
    }
  }

  /** The content of the braces that follow, or the next character. */
  private String argument() {
    while (at < text.length() && text.charAt(at) == ' ') {
      at++;
    }
    if (at >= text.length()) {
      throw Refusal.unparsed("missing argument");
    }
    if (text.charAt(at) != '{') {
      at++;
      return text.substring(at - 1, at);
    }
    int depth = 0;
    for (int i = at; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '{') {
        depth++;
      } else if (c == '}' && --depth == 0) {
        String content = text.substring(at + 1, i);
        at = i + 1;
        return content;
      }
    }
    throw Refusal.unparsed("unclosed brace");
  }

  private boolean digit(int index) {
    return index < text.length() && text.charAt(index) >= '0' && text.charAt(index) <= '9';
  }

  private boolean letter(int index) {
    if (index >= text.length()) {
      return false;
    }
    char c = text.charAt(index);
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }
}
