package dev.sponge.rl.reward.math;

/** Indices, accents and differentials: what becomes part of a variable's name as text. */
final class NameGrammar {
  private final Cursor cursor;

  NameGrammar(Cursor cursor) {
    this.cursor = cursor;
  }

  /** An index as text, without spaces and braces. */
  String index() {
    if (!cursor.peek().sign('{')) {
      Token token = cursor.take();
      if (token.kind() == Token.Kind.SIGN || token.kind() == Token.Kind.END) {
        throw Refusal.unparsed("missing index");
      }
      return indexPart(token);
    }
    StringBuilder index = new StringBuilder();
    int open = 0;
    do {
      Token token = cursor.take();
      open += token.sign('{') ? 1 : token.sign('}') ? -1 : 0;
      if (token.kind() == Token.Kind.END) {
        throw Refusal.unparsed("unclosed index");
      }
      if (!token.sign('{') && !token.sign('}')) {
        index.append(indexPart(token));
      }
    } while (open > 0);
    return index.toString();
  }

  private static String indexPart(Token token) {
    if (token.kind() == Token.Kind.COMMAND
        && !PrimaryGrammar.starts(token.text())
        && !Vocabulary.RELATIONS.containsKey(token.text())) {
      throw Refusal.unparsed("command \\" + token.text());
    }
    return token.text();
  }

  /** The letters under an accent as text. */
  String accented() {
    Token first = cursor.peek();
    if (first.sign('{')) {
      return index();
    }
    cursor.take();
    boolean letter =
        first.kind() == Token.Kind.LETTER
            || (first.kind() == Token.Kind.COMMAND && Vocabulary.SYMBOLS.contains(first.text()));
    if (!letter) {
      throw Refusal.unparsed("accent without a letter");
    }
    return first.text();
  }

  /** A differential in braces, dx, d^2 x or dt^2, as text; null if the group is something else. */
  String differential() {
    if (!cursor.skip('{')) {
      return null;
    }
    Token first = cursor.peek();
    boolean operator = first.kind() == Token.Kind.LETTER && first.text().equals("d");
    if (!operator || cursor.peek(1).sign('}')) {
      return null;
    }
    cursor.take();
    StringBuilder text = new StringBuilder();
    int open = 1;
    while (open > 0) {
      Token token = cursor.take();
      open += token.sign('{') ? 1 : token.sign('}') ? -1 : 0;
      boolean name =
          token.kind() == Token.Kind.LETTER
              || (token.kind() == Token.Kind.COMMAND && Vocabulary.SYMBOLS.contains(token.text()));
      boolean mark =
          token.sign('{')
              || token.sign('}')
              || token.sign('^')
              || token.sign('_')
              || token.sign('\'');
      if (!name && !mark && token.kind() != Token.Kind.NUMBER) {
        return null;
      }
      if (!token.sign('{') && !token.sign('}')) {
        text.append(token.text());
      }
    }
    return text.toString();
  }
}
