package dev.sponge.jobs.table;

import dev.sponge.rl.SpongeException;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.exceptions.KernelEngineException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows on their way into a table: written batch by batch into files that no reader sees, and
 * committed at once. Files that are not committed are removed when this is closed; those of a
 * process that was killed are leftovers, which {@code fsck --repair} removes.
 */
public final class StagedRows<R extends Record> implements AutoCloseable {
  private static final int BATCH_ROWS = 10_000;
  private static final long BATCH_CHARACTERS = 16L << 20;

  private final RecordTable<R> table;
  private final Engine engine;
  private final TransactionId transaction;
  private final List<R> batch = new ArrayList<>();
  private final List<DataFiles.Written> files = new ArrayList<>();
  private long characters;
  private long rows;
  private boolean committed;

  StagedRows(RecordTable<R> table, Engine engine, TransactionId transaction) {
    this.table = table;
    this.engine = engine;
    this.transaction = transaction;
  }

  /**
   * Takes a row.
   *
   * @param size of its texts in characters, which bounds what is held in memory
   */
  public void add(R row, long size) {
    batch.add(row);
    rows++;
    characters += size;
    if (batch.size() >= BATCH_ROWS || characters >= BATCH_CHARACTERS) {
      flush();
    }
  }

  /** Rows taken. */
  public long rows() {
    return rows;
  }

  private void flush() {
    try {
      files.addAll(table.write(batch));
    } catch (IOException | UncheckedIOException | KernelEngineException e) {
      String cause = e.getCause() == null ? "" : " (" + e.getCause().getMessage() + ")";
      throw new SpongeException(
          "Cannot write rows of table %s: %s%s".formatted(table.name(), e.getMessage(), cause), e);
    }
    batch.clear();
    characters = 0;
  }

  /**
   * Makes all rows part of the table, in one commit; without rows there is none.
   *
   * @throws SpongeException if the table was written to meanwhile: the rows may stand in it twice
   */
  public void commit() {
    if (!batch.isEmpty()) {
      flush();
    }
    if (rows > 0) {
      table.append(transaction, () -> files, this::writtenToMeanwhile);
    }
    committed = true;
  }

  private List<List<Object>> writtenToMeanwhile() {
    throw new SpongeException(
        "Table %s was written to by another command meanwhile; run this one again."
            .formatted(table.name()));
  }

  @Override
  public void close() {
    if (committed) {
      return;
    }
    for (DataFiles.Written file : files) {
      try {
        engine.getFileSystemClient().delete(file.path());
      } catch (IOException e) {
        throw new SpongeException(
            "Cannot remove %s, which no commit of table %s names: %s"
                .formatted(file.path(), table.name(), e.getMessage()),
            e);
      }
    }
  }
}
