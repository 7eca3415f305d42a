package dev.sponge.rl.generation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.UserError;
import dev.sponge.rl.generation.GenerationState.Chunk;
import dev.sponge.rl.generation.GenerationState.Sampling;
import dev.sponge.rl.model.CausalLm;
import dev.sponge.rl.tensor.DecoderKernels.Prefilled;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Samples completions of token prompts: it knows token ids only. One call is one batch, whose
 * result depends on the model, the requests and the settings alone: same batch, same bytes.
 *
 * <p>Shapes: U requests, B samples of all requests, P longest prompt, C completion length.
 */
public final class Generator {
  /** Tokens a row between two looks at which rows are done. */
  private static final int CHUNK = 8;

  private final CausalLm model;
  private final NDManager manager;
  private final long[] eosIds;
  private final int padId;

  /**
   * @param model the behaviour policy
   * @param manager owner of what generation allocates; empty again after every call
   * @param eosIds tokens that end a completion, at least one
   * @param padId fills short prompts; no result depends on it
   */
  public Generator(CausalLm model, NDManager manager, int[] eosIds, int padId) {
    if (eosIds.length == 0) {
      throw new IllegalArgumentException("generation needs at least one end token");
    }
    this.model = model;
    this.manager = manager;
    this.eosIds = new long[eosIds.length];
    for (int i = 0; i < eosIds.length; i++) {
      this.eosIds[i] = eosIds[i];
    }
    this.padId = padId;
  }

  /**
   * @param requests U prompts with the seeds of their samples
   * @return U lists in the order of the requests, one completion a seed
   * @throws UserError when a prompt and the new tokens exceed the model's positions
   */
  public List<List<Completion>> generate(List<GenerationRequest> requests, SamplingConfig config) {
    if (requests.isEmpty()) {
      return List.of();
    }
    Schedule schedule = schedule(requests, config);
    try (NDManager scratch = manager.newSubManager();
        GenerationState state = prefill(scratch, schedule, config)) {
      Rows rows = run(state, schedule, config);
      return postprocess(requests, rows);
    }
  }

  /** Which row samples for which request, with which seed. */
  private record Schedule(
      long[] ids, long[] pad, int promptLength, long[] requestOfRow, long[] seedOfRow) {}

  private Schedule schedule(List<GenerationRequest> requests, SamplingConfig config) {
    int p = requests.stream().mapToInt(request -> request.promptIds().length).max().orElseThrow();
    int positions = model.config().maxPositionEmbeddings();
    if (p + config.maxNewTokens() > positions) {
      throw new UserError(
          "a prompt of "
              + p
              + " tokens and rollout.max_new_tokens = "
              + config.maxNewTokens()
              + " exceed the model's max_position_embeddings = "
              + positions);
    }
    int b = requests.stream().mapToInt(request -> request.seeds().length).sum();
    long[] ids = new long[requests.size() * p];
    long[] pad = new long[requests.size()];
    long[] requestOfRow = new long[b];
    long[] seedOfRow = new long[b];
    int row = 0;
    for (int u = 0; u < requests.size(); u++) {
      int[] prompt = requests.get(u).promptIds();
      int padding = p - prompt.length;
      pad[u] = padding;
      for (int i = 0; i < p; i++) {
        ids[u * p + i] = i < padding ? padId : prompt[i - padding];
      }
      for (long seed : requests.get(u).seeds()) {
        requestOfRow[row] = u;
        seedOfRow[row++] = seed;
      }
    }
    return new Schedule(ids, pad, p, requestOfRow, seedOfRow);
  }

  private GenerationState prefill(NDManager scratch, Schedule schedule, SamplingConfig config) {
    int u = schedule.pad().length;
    int p = schedule.promptLength();
    NDArray ids = scratch.create(LongBuffer.wrap(schedule.ids()), new Shape(u, p));
    NDArray pad = scratch.create(schedule.pad());
    NDArray rows = scratch.create(schedule.requestOfRow());
    int capacity = p + config.maxNewTokens();
    Prefilled prefilled = model.kernels().prefill(scratch, ids, pad, rows, capacity);
    long[] padOfRow = new long[schedule.requestOfRow().length];
    for (int row = 0; row < padOfRow.length; row++) {
      padOfRow[row] = schedule.pad()[(int) schedule.requestOfRow()[row]];
    }
    Sampling sampling = new Sampling((float) config.temperature(), eosIds);
    return new GenerationState(scratch, model.kernels(), prefilled, padOfRow, p, sampling);
  }

  /** What every row has sampled so far. */
  private record Rows(int[][] ids, float[][] logprobs, int[] length, BitSet stopped) {}

  private Rows run(GenerationState state, Schedule schedule, SamplingConfig config) {
    int b = schedule.seedOfRow().length;
    int max = config.maxNewTokens();
    Rows rows = new Rows(new int[b][max], new float[b][max], new int[b], new BitSet(b));
    for (int t = 0; t < max && rows.stopped().cardinality() < b; t += CHUNK) {
      state.compact(rows.stopped());
      int n = Math.min(CHUNK, max - t);
      FloatBuffer uniforms = FloatBuffer.allocate(state.rows().length * n);
      for (int row : state.rows()) {
        for (int i = 0; i < n; i++) {
          uniforms.put(TokenRandom.uniform(schedule.seedOfRow()[row], t + i));
        }
      }
      append(rows, state.rows(), state.decode(uniforms.flip(), rows.stopped()));
    }
    return rows;
  }

  private void append(Rows rows, int[] rowOfPlace, Chunk chunk) {
    for (int place = 0; place < rowOfPlace.length; place++) {
      int row = rowOfPlace[place];
      for (int i = 0; i < chunk.n() && !rows.stopped().get(row); i++) {
        int at = rows.length()[row]++;
        long token = chunk.tokens()[place * chunk.n() + i];
        rows.ids()[row][at] = (int) token;
        rows.logprobs()[row][at] = chunk.logprobs()[place * chunk.n() + i];
        if (isEos(token)) {
          rows.stopped().set(row);
        }
      }
    }
  }

  private boolean isEos(long token) {
    for (long eos : eosIds) {
      if (token == eos) {
        return true;
      }
    }
    return false;
  }

  private static List<List<Completion>> postprocess(List<GenerationRequest> requests, Rows rows) {
    List<List<Completion>> result = new ArrayList<>(requests.size());
    int row = 0;
    for (GenerationRequest request : requests) {
      List<Completion> completions = new ArrayList<>(request.seeds().length);
      for (int sample = 0; sample < request.seeds().length; sample++, row++) {
        int length = rows.length()[row];
        FinishReason reason = rows.stopped().get(row) ? FinishReason.STOP : FinishReason.LENGTH;
        completions.add(
            new Completion(
                Arrays.copyOf(rows.ids()[row], length),
                Arrays.copyOf(rows.logprobs()[row], length),
                reason));
      }
      result.add(completions);
    }
    return result;
  }
}
