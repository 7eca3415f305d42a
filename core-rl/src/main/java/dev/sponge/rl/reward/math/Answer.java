package dev.sponge.rl.reward.math;

/** A parsed answer; immutable and free to share between threads. */
public final class Answer {
  private final String text;
  private final Node node;
  private final String canonical;

  Answer(String text, Node node, String canonical) {
    this.text = text;
    this.node = node;
    this.canonical = canonical;
  }

  /** The text as it was given. */
  public String text() {
    return text;
  }

  /**
   * How the answer is understood: the same for 2x+1 and 1+x\cdot 2, a form of its own otherwise.
   */
  public String canonical() {
    return canonical;
  }

  Node node() {
    return node;
  }

  @Override
  public String toString() {
    return canonical;
  }
}
