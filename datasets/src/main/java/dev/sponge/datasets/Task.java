package dev.sponge.datasets;

import java.util.SplittableRandom;

/** A generated problem before it is put into words. */
interface Task {
  /** Identity whatever the wording; a split holds each once, and the other split does not. */
  String canonical();

  /** The gold answer as text. */
  String answer();

  /** Difficulty from 1. */
  int level();

  /** The text, ending with a newline; {@code random} chooses wording and names. */
  String prompt(SplittableRandom random);
}
