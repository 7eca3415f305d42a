package dev.sponge.datasets;

import java.util.SplittableRandom;

/** A chain of operations in the words of a style. */
record ChainTask(Chain chain, Wording wording) implements Task {
  /** Puts a chain into words. */
  @FunctionalInterface
  interface Wording {
    String of(Chain chain, SplittableRandom random);
  }

  @Override
  public String canonical() {
    return chain.canonical();
  }

  @Override
  public String answer() {
    return Integer.toString(chain.answer());
  }

  @Override
  public int level() {
    return chain.level();
  }

  @Override
  public String prompt(SplittableRandom random) {
    return wording.of(chain, random);
  }
}
