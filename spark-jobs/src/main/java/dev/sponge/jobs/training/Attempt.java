package dev.sponge.jobs.training;

import java.util.UUID;

/** Names one try at a stage. */
final class Attempt {
  private static final int DIGITS = 8;

  private Attempt() {}

  static String fresh() {
    return UUID.randomUUID().toString().substring(0, DIGITS);
  }
}
