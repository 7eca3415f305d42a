package dev.sponge.jobs.run;

import dev.sponge.jobs.table.Prompt;
import dev.sponge.rl.UserError;
import dev.sponge.rl.generation.TokenRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which prompts a step samples: every epoch walks a seeded permutation of the training prompts, and
 * a step takes the next block of it. A function of (seed, k, prompts) alone. A forgotten prompt
 * keeps its place in the permutation, so that the blocks of all others stay as they are; when its
 * turn comes, another one is asked in its place.
 */
public final class PromptSchedule {
  private final Map<String, Prompt> prompts;
  private final List<String> ids;
  private final long seed;
  private final int perStep;

  /** That of a run: prompts that were recalled or rejected are not asked. */
  public static PromptSchedule of(RunContext run) {
    List<Prompt> prompts = RunPrompts.train(run);
    return new PromptSchedule(
        prompts,
        RunPrompts.leftOut(run, prompts),
        run.config().run().seed(),
        run.config().rollout().promptsPerStep());
  }

  /**
   * @param prompts the training prompts, sorted by id
   * @param perStep size of a step's block, fresh and replayed groups together
   */
  public PromptSchedule(List<Prompt> prompts, long seed, int perStep) {
    this(prompts, Set.of(), seed, perStep);
  }

  /**
   * @param forgotten ids of training prompts that were recalled or rejected
   */
  public PromptSchedule(List<Prompt> prompts, Set<String> forgotten, long seed, int perStep) {
    this.prompts = new LinkedHashMap<>();
    prompts.stream()
        .filter(prompt -> !forgotten.contains(prompt.promptId()))
        .forEach(prompt -> this.prompts.put(prompt.promptId(), prompt));
    if (this.prompts.isEmpty()) {
      throw new UserError(
          "Table prompts holds no training prompt; fill it with: sponge prepare --work DIR");
    }
    if (this.prompts.size() < perStep) {
      throw new UserError(
          "rollout.prompts_per_step = %d exceeds the %d training prompts of table prompts"
              .formatted(perStep, this.prompts.size()));
    }
    ids = Stream.concat(this.prompts.keySet().stream(), forgotten.stream()).sorted().toList();
    this.seed = seed;
    this.perStep = perStep;
  }

  /**
   * Prompts for step k beyond its block, in a seeded order of their own; the blocks of other steps
   * stay as they are.
   *
   * @param taken ids of prompts that the step has asked already
   * @param unwanted ids of prompts that come last
   * @return {@code count} prompts, or all that are left
   */
  public List<Prompt> further(int k, Set<String> taken, Set<String> unwanted, int count) {
    return there(order(TokenRandom.seed(seed, k, "refill", 0))).stream()
        .filter(prompt -> !taken.contains(prompt.promptId()))
        .sorted(Comparator.comparing(prompt -> unwanted.contains(prompt.promptId())))
        .limit(count)
        .toList();
  }

  /**
   * The prompts that step k asks: those of {@link #block}, with others in the place of unwanted
   * ones as long as there are others.
   *
   * @param unwanted ids of prompts that the step rather does not ask
   */
  public List<Prompt> fresh(int k, int count, Set<String> unwanted) {
    List<Prompt> block = block(k, count);
    List<Prompt> chosen =
        new ArrayList<>(
            block.stream().filter(prompt -> !unwanted.contains(prompt.promptId())).toList());
    if (chosen.size() < count) {
      Set<String> passed = block.stream().map(Prompt::promptId).collect(Collectors.toSet());
      passed.addAll(unwanted);
      there(order(TokenRandom.seed(seed, k, "selection", 0))).stream()
          .filter(prompt -> !passed.contains(prompt.promptId()))
          .limit(count - chosen.size())
          .forEach(chosen::add);
      block.stream()
          .filter(prompt -> unwanted.contains(prompt.promptId()))
          .limit(count - chosen.size())
          .forEach(chosen::add);
    }
    return List.copyOf(chosen);
  }

  /** The first {@code count} prompts of step k's block. */
  public List<Prompt> block(int k, int count) {
    int stepsPerEpoch = ids.size() / perStep;
    int epoch = k / stepsPerEpoch;
    int from = k % stepsPerEpoch * perStep;
    List<String> order = order(TokenRandom.seed(seed, epoch, "prompts", 0));
    List<Prompt> block = new ArrayList<>(there(order.subList(from, from + count)));
    if (block.size() < count) {
      Set<String> taken = block.stream().map(Prompt::promptId).collect(Collectors.toSet());
      block.addAll(further(k, taken, Set.of(), count - block.size()));
    }
    return List.copyOf(block);
  }

  private List<String> order(long orderSeed) {
    List<String> order = new ArrayList<>(ids);
    Collections.shuffle(order, new Random(orderSeed));
    return order;
  }

  private List<Prompt> there(List<String> order) {
    return order.stream().map(prompts::get).filter(Objects::nonNull).toList();
  }
}
