package dev.sponge.jobs.table;

import java.lang.ref.SoftReference;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.function.Supplier;

/**
 * The rows of data files that were read before. A data file never changes, so neither do its rows.
 * They go when memory runs short, or when the log names the file anew.
 */
final class RowsInMemory<R> {
  /** The log's own objects, told apart by identity; empty where nothing is kept. */
  private final Optional<Map<Object, SoftReference<List<R>>>> rows;

  private RowsInMemory(Optional<Map<Object, SoftReference<List<R>>>> rows) {
    this.rows = rows;
  }

  /** Keeps nothing. */
  static <R> RowsInMemory<R> none() {
    return new RowsInMemory<>(Optional.empty());
  }

  /** Keeps what fits into memory. */
  static <R> RowsInMemory<R> some() {
    return new RowsInMemory<>(Optional.of(new WeakHashMap<>()));
  }

  /**
   * The rows of a file.
   *
   * @param read called where they are not here
   */
  List<R> get(TableLog.DataFile file, Supplier<List<R>> read) {
    if (rows.isEmpty()) {
      return read.get();
    }
    Map<Object, SoftReference<List<R>>> kept = rows.get();
    List<R> found;
    synchronized (kept) {
      SoftReference<List<R>> reference = kept.get(file.scanFile());
      found = reference == null ? null : reference.get();
    }
    if (found == null) {
      found = List.copyOf(read.get());
      synchronized (kept) {
        kept.put(file.scanFile(), new SoftReference<>(found));
      }
    }
    return found;
  }
}
