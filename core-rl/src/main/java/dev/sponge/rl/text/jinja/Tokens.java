package dev.sponge.rl.text.jinja;

import dev.sponge.rl.text.jinja.Token.Kind;
import java.util.List;

/** A place in a list of tokens. */
final class Tokens {
  private final List<Token> tokens;
  private int position;

  Tokens(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token peek() {
    return tokens.get(position);
  }

  /** Index of the next token. */
  int position() {
    return position;
  }

  Token peekNext() {
    return tokens.get(Math.min(position + 1, tokens.size() - 1));
  }

  Token next() {
    Token token = peek();
    position = Math.min(position + 1, tokens.size() - 1);
    return token;
  }

  int line() {
    return peek().line();
  }

  boolean isOperator(String operator) {
    return peek().isOperator(operator);
  }

  boolean isName(String name) {
    return peek().isName(name);
  }

  boolean is(Kind kind) {
    return peek().kind() == kind;
  }

  boolean takeOperator(String operator) {
    boolean there = isOperator(operator);
    if (there) {
      next();
    }
    return there;
  }

  boolean takeName(String name) {
    boolean there = isName(name);
    if (there) {
      next();
    }
    return there;
  }

  void expectOperator(String operator) {
    if (!takeOperator(operator)) {
      throw unexpected("'" + operator + "'");
    }
  }

  void expectName(String name) {
    if (!takeName(name)) {
      throw unexpected("'" + name + "'");
    }
  }

  Token expect(Kind kind, String what) {
    if (!is(kind)) {
      throw unexpected(what);
    }
    return next();
  }

  JinjaException unexpected(String wanted) {
    return new JinjaException("expected " + wanted + ", found " + peek()).at(line());
  }
}
