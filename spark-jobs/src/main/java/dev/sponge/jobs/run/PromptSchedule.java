package dev.sponge.jobs.run;

import dev.sponge.jobs.table.Prompt;
import dev.sponge.rl.UserError;
import dev.sponge.rl.generation.TokenRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Which prompts a step samples: every epoch walks a seeded permutation of the training prompts, and
 * a step takes the next block of it. A function of (seed, k, prompts) alone.
 */
public final class PromptSchedule {
  private final List<Prompt> prompts;
  private final long seed;
  private final int perStep;

  /**
   * @param prompts the training prompts, sorted by id
   * @param perStep size of a step's block, fresh and replayed groups together
   */
  public PromptSchedule(List<Prompt> prompts, long seed, int perStep) {
    if (prompts.isEmpty()) {
      throw new UserError(
          "Table prompts holds no training prompt; fill it with: sponge prepare --work DIR");
    }
    if (prompts.size() < perStep) {
      throw new UserError(
          "rollout.prompts_per_step = %d exceeds the %d training prompts of table prompts"
              .formatted(perStep, prompts.size()));
    }
    this.prompts = List.copyOf(prompts);
    this.seed = seed;
    this.perStep = perStep;
  }

  /**
   * Prompts for step k beyond its block, in a seeded order of their own; the blocks of other steps
   * stay as they are.
   *
   * @param taken ids of prompts that the step has asked already
   * @return {@code count} prompts, or all that are left
   */
  public List<Prompt> further(int k, Set<String> taken, int count) {
    List<Prompt> order = new ArrayList<>(prompts);
    Collections.shuffle(order, new Random(TokenRandom.seed(seed, k, "refill", 0)));
    return order.stream().filter(p -> !taken.contains(p.promptId())).limit(count).toList();
  }

  /** The first {@code count} prompts of step k's block. */
  public List<Prompt> fresh(int k, int count) {
    int stepsPerEpoch = prompts.size() / perStep;
    int epoch = k / stepsPerEpoch;
    List<Prompt> order = new ArrayList<>(prompts);
    Collections.shuffle(order, new Random(TokenRandom.seed(seed, epoch, "prompts", 0)));
    int from = k % stepsPerEpoch * perStep;
    return List.copyOf(order.subList(from, from + count));
  }
}
