package dev.sponge.rl.reward.math;

/**
 * Counts the work of one comparison in machine words, so that the same pair always ends the same
 * way.
 */
final class Budget {
  private long left;

  Budget(long work) {
    left = work;
  }

  /** Takes work away; past the bound the comparison ends. */
  void spend(long work) {
    left -= Math.max(1, work);
    if (left < 0) {
      throw Refusal.limit("more work than one comparison may take");
    }
  }
}
