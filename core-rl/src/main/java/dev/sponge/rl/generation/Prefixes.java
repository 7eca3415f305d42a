package dev.sponge.rl.generation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.tensor.DecoderKernels;
import dev.sponge.rl.tensor.DecoderKernels.Prefix;
import java.nio.LongBuffer;
import java.util.List;

/**
 * Prompts that were run and whose samples have not all begun: every prompt is run once, a few
 * together, shortly before its first sample begins.
 */
final class Prefixes implements AutoCloseable {
  /** Prompts that run together, and their tokens with padding. */
  private static final int MAX_PROMPTS = Generator.PREFIX_PROMPTS;

  private static final int MAX_TOKENS = Generator.PREFIX_TOKENS;

  private final DecoderKernels kernels;
  private final List<GenerationRequest> requests;
  private final int padId;
  private final NDManager parent;
  private NDManager manager;
  private Prefix prefix;
  private int first;
  private int end;

  Prefixes(DecoderKernels kernels, List<GenerationRequest> requests, int padId, NDManager parent) {
    this.kernels = kernels;
    this.requests = requests;
    this.padId = padId;
    this.parent = parent;
  }

  /** Runs this request's prompt and some behind it, unless it is there already. */
  void require(int request) {
    if (request < end) {
      return;
    }
    close();
    first = request;
    int longest = 0;
    while (end < requests.size() && end - first < MAX_PROMPTS) {
      longest = Math.max(longest, requests.get(end).promptIds().length);
      if (end > first && (end + 1 - first) * longest > MAX_TOKENS) {
        break;
      }
      end++;
    }
    run();
  }

  private void run() {
    List<GenerationRequest> part = requests.subList(first, end);
    int u = part.size();
    int p = part.stream().mapToInt(r -> r.promptIds().length).max().orElseThrow();
    LongBuffer ids = LongBuffer.allocate(u * p);
    long[] lengths = new long[u];
    for (int row = 0; row < u; row++) {
      int[] prompt = part.get(row).promptIds();
      lengths[row] = prompt.length;
      for (int i = 0; i < p; i++) {
        ids.put(i < prompt.length ? prompt[i] : padId);
      }
    }
    manager = parent.newSubManager();
    try (NDArray array = manager.create(ids.flip(), new Shape(u, p));
        NDArray length = manager.create(lengths)) {
      prefix = kernels.prefill(manager, array, length);
    }
  }

  /** The prompts that are there. */
  Prefix prefix() {
    return prefix;
  }

  /** Where a request's prompt stands among them. */
  int index(int request) {
    return request - first;
  }

  /** Whether the request's prompt is there. */
  boolean holds(int request) {
    return request >= first && request < end;
  }

  @Override
  public void close() {
    if (manager != null) {
      manager.close();
      manager = null;
      prefix = null;
    }
  }
}
