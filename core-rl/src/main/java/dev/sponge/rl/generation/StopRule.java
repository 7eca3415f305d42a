package dev.sponge.rl.generation;

/** Ends a completion by what it says, for example at a stop string. */
@FunctionalInterface
public interface StopRule {
  /** Never ends one. */
  StopRule NEVER = (ids, length) -> false;

  /**
   * Asked after every token.
   *
   * @param ids sampled tokens; only the first {@code length} count
   * @return whether the completion ends with the last of them
   */
  boolean endsWith(int[] ids, int length);
}
