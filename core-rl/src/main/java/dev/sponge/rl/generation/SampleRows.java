package dev.sponge.rl.generation;

import dev.sponge.rl.tensor.DecoderKernels.Truncation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** All samples of a call, request by request: what each has drawn so far. */
final class SampleRows {
  private final List<GenerationRequest> requests;
  private final SamplingConfig config;
  private final StopRule stopRule;
  private final long[] ends;
  private final int[] request;
  private final long[] seed;
  private final int[][] ids;
  private final float[][] logprobs;
  private final float[][] keptLogmass;
  private final int[] length;
  private final boolean[] stopped;

  SampleRows(
      List<GenerationRequest> requests, SamplingConfig config, long[] ends, StopRule stopRule) {
    this.requests = requests;
    this.config = config;
    this.ends = ends;
    this.stopRule = stopRule;
    int b = requests.stream().mapToInt(r -> r.seeds().length).sum();
    request = new int[b];
    seed = new long[b];
    int row = 0;
    for (int u = 0; u < requests.size(); u++) {
      for (long one : requests.get(u).seeds()) {
        request[row] = u;
        seed[row++] = one;
      }
    }
    ids = new int[b][0];
    logprobs = new float[b][0];
    keptLogmass = new float[b][0];
    length = new int[b];
    stopped = new boolean[b];
  }

  int count() {
    return seed.length;
  }

  int request(int sample) {
    return request[sample];
  }

  /** The uniform that draws the token {@code ahead} places further on. */
  float uniform(int sample, int ahead) {
    return TokenRandom.uniform(seed[sample], length[sample] + ahead);
  }

  /** Tokens a sample may still draw; 0 when it has ended. */
  int left(int sample) {
    return stopped[sample] ? 0 : config.maxNewTokens() - length[sample];
  }

  /** Takes one drawn token; whether more may follow. */
  boolean append(int sample, int token, float logprob, float kept) {
    int at = length[sample]++;
    if (at == ids[sample].length) {
      int room = Math.min(config.maxNewTokens(), Math.max(16, 2 * at));
      ids[sample] = Arrays.copyOf(ids[sample], room);
      logprobs[sample] = Arrays.copyOf(logprobs[sample], room);
      keptLogmass[sample] = Arrays.copyOf(keptLogmass[sample], room);
    }
    ids[sample][at] = token;
    logprobs[sample][at] = logprob;
    keptLogmass[sample][at] = kept;
    stopped[sample] = isEnd(token) || stopRule.endsWith(ids[sample], length[sample]);
    return left(sample) > 0;
  }

  private boolean isEnd(long token) {
    for (long end : ends) {
      if (token == end) {
        return true;
      }
    }
    return false;
  }

  Truncation truncation() {
    return config.truncation();
  }

  List<List<Completion>> completions() {
    List<List<Completion>> result = new ArrayList<>(requests.size());
    int row = 0;
    for (GenerationRequest one : requests) {
      List<Completion> completions = new ArrayList<>(one.seeds().length);
      for (int sample = 0; sample < one.seeds().length; sample++, row++) {
        int n = length[row];
        completions.add(
            new Completion(
                Arrays.copyOf(ids[row], n),
                Arrays.copyOf(logprobs[row], n),
                config.truncates()
                    ? Optional.of(Arrays.copyOf(keptLogmass[row], n))
                    : Optional.empty(),
                stopped[row] ? FinishReason.STOP : FinishReason.LENGTH));
      }
      result.add(completions);
    }
    return result;
  }
}
