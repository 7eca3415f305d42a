package dev.sponge.rl.generation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.tensor.DecoderKernels;
import dev.sponge.rl.tensor.DecoderKernels.Decoded;
import dev.sponge.rl.tensor.DecoderKernels.Rows;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The cache and the samples that stand in its rows. A sample's row is free as soon as it has ended;
 * the next sample takes it. When none is left to begin, the rows that run move together, filled up
 * to a multiple of {@link #ROW_MULTIPLE}. Room for positions grows as rows do.
 */
final class GenerationState implements AutoCloseable {
  /**
   * Matrix products differ in their last bits with the number of rows, least at multiples of this.
   */
  static final int ROW_MULTIPLE = Generator.ROW_MULTIPLE;

  private static final int POSITION_STEP = Generator.POSITION_STEP;

  private static final int FREE = -1;

  private final NDManager parent;
  private final DecoderKernels kernels;
  private final SampleRows samples;
  private final float temperature;
  private final NDArray ends;
  private NDManager manager;
  private List<NDArray> cache;
  private NDArray logits;
  private int capacity;
  private int[] sampleOfRow;
  private long[] length;

  /**
   * @param parent owner of the cache
   * @param places rows of the cache, at most
   * @param vocab V
   */
  GenerationState(
      NDManager parent,
      DecoderKernels kernels,
      SampleRows samples,
      Settings settings,
      int places,
      int vocab) {
    this.parent = parent;
    this.kernels = kernels;
    this.samples = samples;
    temperature = settings.temperature();
    int rows = roundUp(places, ROW_MULTIPLE);
    sampleOfRow = new int[rows];
    Arrays.fill(sampleOfRow, FREE);
    length = new long[rows];
    manager = parent.newSubManager();
    ends = parent.create(settings.ends());
    capacity = POSITION_STEP;
    cache = kernels.newCache(manager, rows, capacity);
    logits = manager.zeros(new Shape(rows, vocab));
  }

  /**
   * @param temperature 0 is greedy
   * @param ends end tokens
   */
  record Settings(float temperature, long[] ends) {}

  /** How many samples run. */
  int running() {
    return (int) Arrays.stream(sampleOfRow).filter(sample -> sample != FREE).count();
  }

  /** How many rows are free. */
  int free() {
    return sampleOfRow.length - running();
  }

  /**
   * Samples take free rows.
   *
   * @param from first sample
   * @param to behind the last; their prompts are all in the prefixes
   */
  void admit(Prefixes prefixes, List<GenerationRequest> requests, int from, int to) {
    List<Long> rows = new ArrayList<>();
    List<Long> prompts = new ArrayList<>();
    int longest = (int) prefixes.prefix().tensors().get(1).getShape().get(2);
    reserve(longest);
    int row = 0;
    for (int sample = from; sample < to; sample++) {
      while (sampleOfRow[row] != FREE) {
        row++;
      }
      sampleOfRow[row] = sample;
      length[row] = requests.get(samples.request(sample)).promptIds().length;
      rows.add((long) row);
      prompts.add((long) prefixes.index(samples.request(sample)));
    }
    try (NDArray places = manager.create(rows.stream().mapToLong(r -> r).toArray());
        NDArray origins = manager.create(prompts.stream().mapToLong(p -> p).toArray())) {
      kernels.admit(cache, logits, prefixes.prefix(), places, origins);
    }
  }

  /**
   * Draws up to n tokens of every sample in the cache.
   *
   * @param yield come back as soon as one ends
   */
  void decode(int n, boolean yield) {
    int b = sampleOfRow.length;
    long[] left = new long[b];
    FloatBuffer uniforms = FloatBuffer.allocate(b * n);
    for (int row = 0; row < b; row++) {
      int sample = sampleOfRow[row];
      left[row] = sample == FREE ? 0 : samples.left(sample);
      for (int i = 0; i < n; i++) {
        uniforms.put(sample == FREE ? 0 : samples.uniform(sample, i));
      }
    }
    reserve((int) Arrays.stream(length).max().orElse(0) + n);
    try (NDManager scratch = parent.newSubManager()) {
      Rows rows =
          new Rows(
              cache,
              logits,
              scratch.create(length),
              scratch.create(left),
              scratch.full(new Shape(b), temperature));
      NDArray draws = scratch.create(uniforms.flip(), new Shape(b, n));
      Decoded decoded = kernels.decode(scratch, rows, draws, ends, samples.truncation(), yield);
      take(decoded);
      if (decoded.logits() != logits) {
        logits.close();
        logits = decoded.logits();
        logits.attach(manager);
      }
    }
  }

  private void take(Decoded decoded) {
    int m = (int) decoded.tokens().getShape().get(1);
    long[] tokens = decoded.tokens().toLongArray();
    float[] logprobs = decoded.logprobs().toFloatArray();
    float[] kept = decoded.keptLogmass().toFloatArray();
    length = decoded.length().toLongArray();
    for (int row = 0; row < sampleOfRow.length; row++) {
      boolean runs = sampleOfRow[row] != FREE;
      for (int i = 0; i < m && runs; i++) {
        int at = row * m + i;
        runs = samples.append(sampleOfRow[row], (int) tokens[at], logprobs[at], kept[at]);
      }
      if (!runs) {
        sampleOfRow[row] = FREE;
        length[row] = 0;
      }
    }
  }

  private void reserve(int positions) {
    if (positions <= capacity) {
      return;
    }
    capacity = roundUp(positions, POSITION_STEP);
    NDManager next = parent.newSubManager();
    List<NDArray> grown = kernels.grow(next, cache, capacity);
    logits.attach(next);
    replace(next, grown, logits);
  }

  /** Drops free rows where that makes the batch smaller. */
  void compact() {
    int size = roundUp(running(), ROW_MULTIPLE);
    if (size == 0 || size >= sampleOfRow.length) {
      return;
    }
    int fillers = size - running();
    int[] keptSamples = new int[size];
    long[] keptLength = new long[size];
    long[] places = new long[size];
    int at = 0;
    for (int row = 0; row < sampleOfRow.length && at < size; row++) {
      boolean filler = sampleOfRow[row] == FREE;
      if (!filler || fillers > 0) {
        fillers -= filler ? 1 : 0;
        keptSamples[at] = sampleOfRow[row];
        keptLength[at] = length[row];
        places[at++] = row;
      }
    }
    NDManager next = parent.newSubManager();
    try (NDArray index = next.create(places)) {
      List<NDArray> smaller = kernels.keepRows(next, cache, index);
      NDArray keptLogits = logits.get(index);
      keptLogits.attach(next);
      replace(next, smaller, keptLogits);
    }
    sampleOfRow = keptSamples;
    length = keptLength;
  }

  private void replace(NDManager next, List<NDArray> nextCache, NDArray nextLogits) {
    manager.close();
    manager = next;
    cache = nextCache;
    logits = nextLogits;
  }

  private static int roundUp(int value, int multiple) {
    return (value + multiple - 1) / multiple * multiple;
  }

  @Override
  public void close() {
    manager.close();
    ends.close();
  }
}
