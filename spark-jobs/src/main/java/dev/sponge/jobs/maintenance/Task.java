package dev.sponge.jobs.maintenance;

import java.util.List;
import java.util.Locale;

/**
 * Something to do.
 *
 * @param action what, for people
 * @param where table or checkpoint
 * @param files how many of them
 * @param bytes of these files
 * @param removes whether files go, which waits until no run is in use
 * @param skipped why it is only shown; empty when {@code work} is to be done
 * @param work does it and says what it did
 */
record Task(
    String action,
    String where,
    String files,
    long bytes,
    boolean removes,
    String skipped,
    Work work) {
  interface Work {
    String run();
  }

  static final List<String> HEADER = List.of("to do", "where", "files", "MB", "note");

  boolean isToBeDone() {
    return skipped.isEmpty();
  }

  /** A line under {@link #HEADER}. */
  List<String> cells() {
    return List.of(action, where, files, megabytes(bytes), skipped);
  }

  static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%.3f", bytes / 1e6);
  }
}
