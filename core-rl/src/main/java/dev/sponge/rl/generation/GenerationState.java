package dev.sponge.rl.generation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.tensor.DecoderKernels;
import dev.sponge.rl.tensor.DecoderKernels.Decoded;
import dev.sponge.rl.tensor.DecoderKernels.Prefilled;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.BitSet;

/**
 * The cache of one batch and the rows that still run. Rows leave when they are done; the rest moves
 * together, filled up with finished rows to a multiple of {@link #ROW_MULTIPLE}.
 */
final class GenerationState implements AutoCloseable {
  /**
   * Matrix products differ in their last bits with the number of rows, least at multiples of this.
   */
  static final int ROW_MULTIPLE = 8;

  private final NDManager parent;
  private final DecoderKernels kernels;
  private NDManager manager;
  private Prefilled cache;
  private NDArray pad;
  private NDArray temperature;
  private final NDArray eos;
  private final long[] padOfRow;
  private final float samplingTemperature;
  private int[] rows;
  private int slot;

  /**
   * @param cache of all rows after the prompt
   * @param padOfRow (B) padded positions on the left of each row
   */
  GenerationState(
      NDManager parent,
      DecoderKernels kernels,
      Prefilled cache,
      long[] padOfRow,
      int promptLength,
      Sampling sampling) {
    this.parent = parent;
    this.kernels = kernels;
    this.padOfRow = padOfRow;
    this.samplingTemperature = sampling.temperature();
    this.slot = promptLength;
    this.rows = new int[padOfRow.length];
    Arrays.setAll(rows, i -> i);
    manager = parent.newSubManager();
    eos = parent.create(sampling.eosIds());
    own(cache);
    describeRows();
  }

  /**
   * @param temperature 0 is greedy
   * @param eosIds end tokens
   */
  record Sampling(float temperature, long[] eosIds) {}

  /** The rows of the batch that stand in the cache now, in order; some may be finished. */
  int[] rows() {
    return rows;
  }

  /**
   * Samples the next tokens of every row in the cache.
   *
   * @param uniforms (rows, n) row by row
   * @param finished rows of the batch that need no more tokens
   * @return tokens and log-probs, (rows, n) each, row by row
   */
  Chunk decode(FloatBuffer uniforms, BitSet finished) {
    int b = rows.length;
    int n = uniforms.remaining() / b;
    try (NDManager scratch = parent.newSubManager()) {
      boolean[] done = new boolean[b];
      for (int i = 0; i < b; i++) {
        done[i] = finished.get(rows[i]);
      }
      NDArray draws = scratch.create(uniforms, new Shape(b, n));
      Decoded decoded =
          kernels.decode(scratch, cache, pad, scratch.create(done), temperature, draws, eos, slot);
      Chunk chunk = new Chunk(decoded.tokens().toLongArray(), decoded.logprobs().toFloatArray(), n);
      cache.logits().close();
      decoded.logits().attach(manager);
      cache = new Prefilled(cache.keys(), cache.values(), decoded.logits());
      slot += n;
      return chunk;
    }
  }

  /**
   * @param tokens (rows, n)
   * @param logprobs (rows, n)
   */
  record Chunk(long[] tokens, float[] logprobs, int n) {}

  /** Drops finished rows where that makes the batch smaller. */
  void compact(BitSet finished) {
    int running = (int) Arrays.stream(rows).filter(row -> !finished.get(row)).count();
    int size = (running + ROW_MULTIPLE - 1) / ROW_MULTIPLE * ROW_MULTIPLE;
    if (running == 0 || size >= rows.length) {
      return;
    }
    int[] kept = new int[size];
    int[] places = new int[size];
    int fillers = size - running;
    int at = 0;
    for (int i = 0; i < rows.length && at < size; i++) {
      boolean filler = finished.get(rows[i]);
      if (!filler || fillers > 0) {
        fillers -= filler ? 1 : 0;
        kept[at] = rows[i];
        places[at++] = i;
      }
    }
    NDManager next = parent.newSubManager();
    NDArray index =
        next.create(
            LongBuffer.wrap(Arrays.stream(places).asLongStream().toArray()), new Shape(size));
    Prefilled smaller = kernels.keepRows(next, cache, index);
    NDArray logits = cache.logits().get(index);
    logits.attach(next);
    manager.close();
    manager = next;
    cache = new Prefilled(smaller.keys(), smaller.values(), logits);
    rows = kept;
    describeRows();
  }

  private void own(Prefilled prefilled) {
    prefilled.keys().attach(manager);
    prefilled.values().attach(manager);
    prefilled.logits().attach(manager);
    cache = prefilled;
  }

  private void describeRows() {
    pad = manager.create(Arrays.stream(rows).mapToLong(row -> padOfRow[row]).toArray());
    temperature = manager.full(new Shape(rows.length), samplingTemperature);
  }

  @Override
  public void close() {
    manager.close();
    eos.close();
  }
}
