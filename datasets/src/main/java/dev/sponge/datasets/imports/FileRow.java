package dev.sponge.datasets.imports;

import com.google.gson.JsonObject;
import dev.sponge.datasets.RejectionReason;

/** One row of a file, read but not yet understood. */
public sealed interface FileRow {
  /** The row's number in its file, from 1; of JSON lines that of the line. */
  long number();

  /** The beginning of the row as it stands in the file. */
  String excerpt();

  /** A row with named fields. */
  record Fields(long number, JsonObject values, String excerpt) implements FileRow {}

  /**
   * A row that cannot be read.
   *
   * @param detail why, in a sentence
   */
  record Unreadable(long number, RejectionReason reason, String detail, String excerpt)
      implements FileRow {}
}
