package dev.sponge.rl.text.jinja;

import dev.sponge.rl.text.jinja.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into tokens, with trim_blocks and lstrip_blocks: a newline behind a block tag
 * goes, and so does the indentation before one. The last newline of a template goes too.
 */
final class Lexer {
  private static final Pattern NEWLINE = Pattern.compile("\r\n|\r");
  private static final Pattern FLOAT =
      Pattern.compile("\\d[\\d_]*(?:\\.\\d[\\d_]*(?:[eE][+-]?\\d+)?|[eE][+-]?\\d+)");
  private static final Pattern INTEGER =
      Pattern.compile("0[xX][\\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|\\d[\\d_]*");
  private static final Pattern NAME =
      Pattern.compile("[\\p{L}_\\p{Nl}][\\p{L}\\p{N}\\p{M}_]*", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern OPERATOR =
      Pattern.compile("//|\\*\\*|==|!=|>=|<=|[-+/*%~\\[\\](){}><=.:|,;]");
  private static final Pattern RAW = Pattern.compile("\\{%[-+]?\\s*raw\\s*(-%}\\s*|\\+?%}\\n?|%})");
  private static final Pattern END_RAW =
      Pattern.compile("\\{%([-+]?)\\s*endraw\\s*(?:\\+%}|-%}\\s*|%}\\n?)");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int position;
  private boolean lineStarting = true;

  private Lexer(String source) {
    this.source = source;
  }

  static List<Token> tokens(String template) {
    String source = NEWLINE.matcher(template).replaceAll("\n");
    Lexer lexer =
        new Lexer(source.endsWith("\n") ? source.substring(0, source.length() - 1) : source);
    lexer.run();
    return lexer.tokens;
  }

  private void run() {
    while (position < source.length()) {
      int tag = nextTag();
      if (tag < 0) {
        add(Kind.TEXT, source.substring(position));
        position = source.length();
        break;
      }
      char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
      boolean output = source.charAt(tag + 1) == '{';
      text(source.substring(position, tag), sign, output);
      position = tag;
      int body = tag + (sign == '-' || sign == '+' ? 3 : 2);
      switch (source.charAt(tag + 1)) {
        case '#' -> comment(body);
        case '{' -> tag(body, Kind.OUTPUT_BEGIN, Kind.OUTPUT_END);
        default -> block(body);
      }
    }
    add(Kind.END, "");
  }

  private int nextTag() {
    for (int i = position; i + 1 < source.length(); i++) {
      char next = source.charAt(i + 1);
      if (source.charAt(i) == '{' && (next == '{' || next == '%' || next == '#')) {
        return i;
      }
    }
    return -1;
  }

  private void text(String text, char sign, boolean output) {
    String kept = text;
    if (sign == '-') {
      kept = PyString.stripRight(text, null);
    } else if (sign != '+' && !output) {
      int lineStart = text.lastIndexOf('\n') + 1;
      boolean whole = lineStart > 0 || lineStarting;
      if (whole && text.substring(lineStart).codePoints().allMatch(PyString::isSpace)) {
        kept = text.substring(0, lineStart);
      }
    }
    if (!kept.isEmpty()) {
      add(Kind.TEXT, kept);
    }
  }

  private void comment(int body) {
    int end = source.indexOf("#}", body);
    if (end < 0) {
      throw new JinjaException("a comment {# has no end #}").at(line(position));
    }
    char sign = end > body ? source.charAt(end - 1) : ' ';
    position = afterTag(end + 2, sign, true);
  }

  private void block(int body) {
    Matcher raw = RAW.matcher(source).region(position, source.length());
    if (!raw.lookingAt()) {
      tag(body, Kind.BLOCK_BEGIN, Kind.BLOCK_END);
      return;
    }
    Matcher end = END_RAW.matcher(source);
    if (!end.find(raw.end())) {
      throw new JinjaException("{% raw %} has no {% endraw %}").at(line(position));
    }
    String text = source.substring(raw.end(), end.start());
    lineStarting = source.charAt(raw.end() - 1) == '\n';
    text(text, end.group(1).isEmpty() ? ' ' : end.group(1).charAt(0), false);
    lineStarting = source.charAt(end.end() - 1) == '\n';
    position = end.end();
  }

  private void tag(int body, Kind begin, Kind end) {
    String close = end == Kind.BLOCK_END ? "%}" : "}}";
    add(begin, source.substring(position, position + 2));
    position = body;
    Deque<Character> open = new ArrayDeque<>();
    while (true) {
      skipSpace();
      if (position >= source.length()) {
        throw new JinjaException("a tag has no end " + close)
            .at(tokens.get(tokens.size() - 1).line());
      }
      char sign = source.charAt(position);
      boolean signed = sign == '-' || (sign == '+' && end == Kind.BLOCK_END);
      int at = signed ? position + 1 : position;
      if (open.isEmpty() && source.startsWith(close, at)) {
        add(end, close);
        position = afterTag(at + 2, signed ? sign : ' ', end == Kind.BLOCK_END);
        return;
      }
      element(open);
    }
  }

  /** Where the text behind a tag begins. */
  private int afterTag(int end, char sign, boolean trimNewline) {
    int next = end;
    if (sign == '-') {
      while (next < source.length() && PyString.isSpace(source.charAt(next))) {
        next++;
      }
    } else if (sign != '+'
        && trimNewline
        && next < source.length()
        && source.charAt(next) == '\n') {
      next++;
    }
    lineStarting = source.charAt(next - 1) == '\n';
    return next;
  }

  private void skipSpace() {
    while (position < source.length() && PyString.isSpace(source.charAt(position))) {
      position++;
    }
  }

  private void element(Deque<Character> open) {
    char c = source.charAt(position);
    if (c == '"' || c == '\'') {
      string(c);
      return;
    }
    boolean attribute = !tokens.isEmpty() && tokens.get(tokens.size() - 1).isOperator(".");
    if ((!attribute && take(FLOAT, Kind.FLOAT))
        || take(INTEGER, Kind.INTEGER)
        || take(NAME, Kind.NAME)) {
      return;
    }
    if (!take(OPERATOR, Kind.OPERATOR)) {
      throw new JinjaException("unexpected character '" + c + "'").at(line(position));
    }
    balance(open, tokens.get(tokens.size() - 1).text());
  }

  private void balance(Deque<Character> open, String operator) {
    switch (operator) {
      case "(" -> open.push(')');
      case "[" -> open.push(']');
      case "{" -> open.push('}');
      case ")", "]", "}" -> {
        if (open.isEmpty() || open.pop() != operator.charAt(0)) {
          throw new JinjaException("unexpected '" + operator + "'").at(line(position));
        }
      }
      default -> {}
    }
  }

  private boolean take(Pattern pattern, Kind kind) {
    Matcher matcher = pattern.matcher(source).region(position, source.length());
    if (!matcher.lookingAt()) {
      return false;
    }
    add(kind, matcher.group());
    position = matcher.end();
    return true;
  }

  private void string(char quote) {
    int end = position + 1;
    while (end < source.length() && source.charAt(end) != quote) {
      end += source.charAt(end) == '\\' ? 2 : 1;
    }
    if (end >= source.length()) {
      throw new JinjaException("a string has no end " + quote).at(line(position));
    }
    try {
      add(Kind.STRING, PyString.unescape(source.substring(position + 1, end)));
    } catch (JinjaException e) {
      throw e.at(line(position));
    }
    position = end + 1;
  }

  private void add(Kind kind, String text) {
    tokens.add(new Token(kind, text, line(position)));
  }

  private int lineCounted;
  private int countedTo;

  private int line(int at) {
    for (; countedTo < at; countedTo++) {
      lineCounted += source.charAt(countedTo) == '\n' ? 1 : 0;
    }
    return lineCounted + 1;
  }
}
