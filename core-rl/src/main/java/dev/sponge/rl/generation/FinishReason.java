package dev.sponge.rl.generation;

/** Why a completion ended. */
public enum FinishReason {
  /** An end token was sampled; it is the last of the completion. */
  STOP("stop"),
  /** The token limit came first: the completion is truncated and holds no end token. */
  LENGTH("length");

  private final String label;

  FinishReason(String label) {
    this.label = label;
  }

  /** The word in tables. */
  public String label() {
    return label;
  }

  /**
   * @throws IllegalArgumentException for a word that no table holds
   */
  public static FinishReason ofLabel(String label) {
    for (FinishReason reason : values()) {
      if (reason.label.equals(label)) {
        return reason;
      }
    }
    throw new IllegalArgumentException("no finish reason '" + label + "'");
  }
}
