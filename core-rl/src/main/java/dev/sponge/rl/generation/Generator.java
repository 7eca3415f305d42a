package dev.sponge.rl.generation;

import ai.djl.ndarray.NDManager;
import dev.sponge.rl.UserError;
import dev.sponge.rl.model.CausalLm;
import java.util.Arrays;
import java.util.List;

/**
 * Samples completions of token prompts: it knows token ids only. One call is one batch, whose
 * result depends on the model, the requests and the settings alone: same batch, same bytes.
 *
 * <p>Every prompt is run once for all its samples. At most {@link Limits#rows} samples run at a
 * time; as soon as one ends, the next takes its place (continuous batching).
 */
public final class Generator {
  /** Tokens a row between two looks at which rows are done, while no sample waits. */
  public static final int CHUNK = 8;

  /** Prompts that are run at a time, at most. */
  public static final int PREFIX_PROMPTS = 16;

  /** Tokens of the prompts that are run at a time, at most, padding included. */
  public static final int PREFIX_TOKENS = 2048;

  /** Rows of the cache are filled up to a multiple of this. */
  public static final int ROW_MULTIPLE = 8;

  /** Positions by which the cache grows. */
  public static final int POSITION_STEP = 32;

  private final CausalLm model;
  private final NDManager manager;
  private final Limits limits;

  /**
   * @param ends tokens that end a completion, at least one
   * @param padId fills short prompts; no result depends on it
   * @param rows samples that run at a time
   * @param stopRule ends completions by what they say
   */
  public record Limits(int[] ends, int padId, int rows, StopRule stopRule) {
    /** Samples that run at a time where nothing else is said. */
    public static final int DEFAULT_ROWS = 256;

    public Limits {
      if (ends.length == 0) {
        throw new IllegalArgumentException("generation needs at least one end token");
      }
      if (rows < 1) {
        throw new UserError("batch rows are " + rows + "; they must be at least 1");
      }
    }
  }

  /**
   * @param model the behaviour policy
   * @param manager owner of what generation allocates; empty again after every call
   */
  public Generator(CausalLm model, NDManager manager, Limits limits) {
    this.model = model;
    this.manager = manager;
    this.limits = limits;
  }

  /**
   * @param ends tokens that end a completion, at least one
   * @param padId fills short prompts; no result depends on it
   */
  public Generator(CausalLm model, NDManager manager, int[] ends, int padId) {
    this(model, manager, new Limits(ends, padId, Limits.DEFAULT_ROWS, StopRule.NEVER));
  }

  /**
   * @param requests prompts with the seeds of their samples
   * @return one list a request in their order, one completion a seed
   * @throws UserError when a prompt and the new tokens exceed the model's positions
   */
  public List<List<Completion>> generate(List<GenerationRequest> requests, SamplingConfig config) {
    if (requests.isEmpty()) {
      return List.of();
    }
    checkLengths(requests, config);
    long[] ends = Arrays.stream(limits.ends()).asLongStream().toArray();
    SampleRows samples = new SampleRows(requests, config, ends, limits.stopRule());
    GenerationState.Settings settings =
        new GenerationState.Settings((float) config.temperature(), ends);
    int places = Math.min(samples.count(), limits.rows());
    try (NDManager scratch = manager.newSubManager();
        Prefixes prefixes = new Prefixes(model.kernels(), requests, limits.padId(), scratch);
        GenerationState state =
            new GenerationState(
                scratch, model.kernels(), samples, settings, places, model.config().vocabSize())) {
      run(state, prefixes, samples, requests);
    }
    return samples.completions();
  }

  private static void run(
      GenerationState state,
      Prefixes prefixes,
      SampleRows samples,
      List<GenerationRequest> requests) {
    int next = 0;
    while (next < samples.count() || state.running() > 0) {
      while (next < samples.count() && state.free() > 0) {
        prefixes.require(samples.request(next));
        int end = next;
        int room = next + state.free();
        while (end < Math.min(room, samples.count()) && prefixes.holds(samples.request(end))) {
          end++;
        }
        state.admit(prefixes, requests, next, end);
        next = end;
      }
      boolean waiting = next < samples.count();
      if (!waiting) {
        prefixes.close();
        state.compact();
      }
      state.decode(CHUNK, waiting);
    }
  }

  private void checkLengths(List<GenerationRequest> requests, SamplingConfig config) {
    int p = requests.stream().mapToInt(request -> request.promptIds().length).max().orElseThrow();
    int positions = model.config().maxPositionEmbeddings();
    if ((long) p + config.maxNewTokens() > positions) {
      throw new UserError(
          "a prompt of "
              + p
              + " tokens and rollout.max_new_tokens = "
              + config.maxNewTokens()
              + " exceed the model's max_position_embeddings = "
              + positions);
    }
  }
}
