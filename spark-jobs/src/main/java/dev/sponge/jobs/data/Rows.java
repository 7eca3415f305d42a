package dev.sponge.jobs.data;

import dev.sponge.datasets.imports.FileRow;
import java.util.Optional;

/** The rows of one file, one at a time. */
interface Rows extends AutoCloseable {
  /** The next row; empty at the end. */
  Optional<FileRow> next();

  @Override
  void close();
}
