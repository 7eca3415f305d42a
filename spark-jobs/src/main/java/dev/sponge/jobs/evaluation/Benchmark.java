package dev.sponge.jobs.evaluation;

import dev.sponge.jobs.run.Hashes;
import dev.sponge.jobs.table.Prompt;
import java.util.Arrays;
import java.util.List;

/**
 * A benchmark as a policy is asked it.
 *
 * @param problems by id, with their token ids
 * @param maxTokens limit on a response
 */
record Benchmark(String name, List<Prompt> problems, int maxTokens) {
  private static final int HASH_DIGITS = 16;

  /** Names what the policy sees: the same problems in another template are other questions. */
  String questions() {
    StringBuilder text = new StringBuilder();
    for (Prompt problem : problems) {
      text.append(problem.promptId())
          .append(' ')
          .append(Arrays.toString(problem.promptIds()))
          .append('\n');
    }
    return Hashes.sha256(text.toString(), HASH_DIGITS);
  }

  /** Tokens of the longest prompt. */
  int longest() {
    return problems.stream().mapToInt(problem -> problem.promptIds().length).max().orElseThrow();
  }
}
