package dev.sponge.rl.reward.math;

/** What may follow a number without changing it. */
public enum Units {
  /**
   * A known unit is ignored unless the other side names another one. Other words count only where
   * they stand in the gold answer: "14 right triangles" as gold accepts "14", but gold "14" does
   * not accept "14 million".
   */
  KNOWN,
  /** Any words after a number are ignored. */
  ANY
}
