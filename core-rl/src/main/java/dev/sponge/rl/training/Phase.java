package dev.sponge.rl.training;

/** The two phases of ReMix, before and after the reincarnation. */
public enum Phase {
  /** History is replayed, the base anchor is the initial policy. */
  OFF_POLICY(1),
  /** Only fresh rollouts, the base anchor is the reincarnated policy pi_T. */
  ON_POLICY(2);

  private final int number;

  Phase(int number) {
    this.number = number;
  }

  /** 1 or 2, as in the paper and in the tables. */
  public int number() {
    return number;
  }
}
