package dev.sponge.rl.reward.math;

/**
 * One token of an answer.
 *
 * @param kind what it is
 * @param text digits, a letter, a command's name, the words or the sign
 * @param spaced whether white space stands before it
 * @param start where it begins in the cleaned text
 */
record Token(Kind kind, String text, boolean spaced, int start) {
  /** Kinds of tokens. */
  enum Kind {
    /** Digits, perhaps with a point, an exponent, or repeating digits in brackets: 0.1(6). */
    NUMBER,
    /** One letter. */
    LETTER,
    /** A LaTeX command or a word that means one, without the backslash. */
    COMMAND,
    /** Words. */
    WORDS,
    /** One sign. */
    SIGN,
    /** The end of the text. */
    END
  }

  boolean sign(char sign) {
    return kind == Kind.SIGN && text.charAt(0) == sign;
  }

  boolean command(String name) {
    return kind == Kind.COMMAND && text.equals(name);
  }
}
