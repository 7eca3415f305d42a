package dev.sponge.rl.reward.math;

import java.util.List;

/** Reads tokens one after another and counts what the bounds limit. */
final class Cursor {
  private final List<Token> tokens;
  private final Limits limits;
  private int at;
  private int depth;
  private int nodes;

  Cursor(List<Token> tokens, Limits limits) {
    this.tokens = tokens;
    this.limits = limits;
  }

  Token peek() {
    return tokens.get(at);
  }

  Token peek(int ahead) {
    return tokens.get(Math.min(at + ahead, tokens.size() - 1));
  }

  /** The token at hand, passed over; one more node. */
  Token take() {
    if (++nodes > limits.nodes()) {
      throw Refusal.limit("more than " + limits.nodes() + " tokens");
    }
    Token token = tokens.get(at);
    if (at < tokens.size() - 1) {
      at++;
    }
    return token;
  }

  /** Cuts the token just passed in two; the second part is next. */
  void split(Token first, Token rest) {
    tokens.set(at - 1, first);
    tokens.add(at, rest);
  }

  int position() {
    return at;
  }

  void back(int position) {
    at = position;
  }

  boolean atEnd() {
    return peek().kind() == Token.Kind.END;
  }

  /** Passes over the sign if it is next. */
  boolean skip(char sign) {
    if (peek().sign(sign)) {
      take();
      return true;
    }
    return false;
  }

  /** Passes over the command if it is next. */
  boolean skipCommand(String name) {
    if (peek().command(name)) {
      take();
      return true;
    }
    return false;
  }

  void expect(char sign) {
    if (!skip(sign)) {
      throw unexpected();
    }
  }

  void expectCommand(String name) {
    if (!skipCommand(name)) {
      throw unexpected();
    }
  }

  Refusal unexpected() {
    Token token = peek();
    return Refusal.unparsed(
        token.kind() == Token.Kind.END
            ? "ends too early"
            : "does not belong here: " + token.text());
  }

  /** One level deeper; every call needs its {@link #leave}. */
  void enter() {
    if (++depth > limits.depth()) {
      throw Refusal.limit("nested deeper than " + limits.depth());
    }
  }

  void leave() {
    depth--;
  }

  Limits limits() {
    return limits;
  }
}
