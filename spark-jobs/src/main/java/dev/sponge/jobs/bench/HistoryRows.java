package dev.sponge.jobs.bench;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.rollout.RolloutTask;
import dev.sponge.jobs.run.GroupNames;
import dev.sponge.jobs.table.AnchorLogprobs;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.jobs.table.Reward;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.jobs.table.StepRollout;
import dev.sponge.jobs.table.TrainStep;
import dev.sponge.rl.generation.TokenRandom;
import dev.sponge.rl.reward.BoxedIntegerVerifier;
import dev.sponge.rl.reward.Verdict;
import java.io.Serializable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * The rows of a run that nobody trained, each a function of its place. Tokens are uniform over the
 * vocabulary of SmolLM2 and log-probs are random floats: nothing compresses better than in a real
 * run.
 *
 * @param run name of the run
 * @param rollouts of every policy version, whole groups
 * @param tokens of every response
 */
record HistoryRows(String run, int rollouts, int tokens) implements Serializable {
  /** G of the defaults. */
  static final int GROUP_SIZE = 8;

  static final VerifierKey VERIFIER =
      new VerifierKey(new BoxedIntegerVerifier().id(), new BoxedIntegerVerifier().version());

  private static final int PASSES = 2;
  private static final int PROMPTS = 4096;
  private static final int PROMPT_TOKENS = 64;
  private static final int VOCABULARY = 49_152;
  private static final int METRICS = 50;
  private static final int LETTERS = 26;
  private static final int LETTERS_PER_TOKEN = 4;
  private static final long SEED = 1;
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final String ENGINE = "bench";

  /** Where a rollout stands in its version. */
  private String promptId(int version, int index) {
    return promptId(prompt(version, index));
  }

  private int prompt(int version, int index) {
    return (int) (((long) version * rollouts + index) / GROUP_SIZE % PROMPTS);
  }

  private static String promptId(int prompt) {
    return String.format(Locale.ROOT, "p%05d", prompt);
  }

  private String rolloutId(int version, int index) {
    return RolloutTask.rolloutId(run, version, promptId(version, index), index % GROUP_SIZE);
  }

  /** Half of the responses are right. */
  private static String answer(int prompt, long seed) {
    return "\\boxed{%d}".formatted(prompt + (seed & 1));
  }

  private long seed(int version, int index) {
    return TokenRandom.seed(SEED, version, promptId(version, index), index % GROUP_SIZE);
  }

  private static int[] tokens(SplittableRandom random, int count) {
    return random.ints(count, 0, VOCABULARY).toArray();
  }

  private static float[] logprobs(SplittableRandom random, int count) {
    float[] values = new float[count];
    for (int t = 0; t < count; t++) {
      values[t] = (float) Math.log(1 - random.nextDouble());
    }
    return values;
  }

  private static String text(int[] ids) {
    char[] text = new char[LETTERS_PER_TOKEN * ids.length];
    for (int t = 0; t < ids.length; t++) {
      int rest = ids[t];
      for (int i = 0; i < LETTERS_PER_TOKEN; i++) {
        text[LETTERS_PER_TOKEN * t + i] = (char) ('a' + rest % LETTERS);
        rest /= LETTERS;
      }
    }
    return new String(text);
  }

  List<Prompt> prompts() {
    return IntStream.range(0, PROMPTS)
        .mapToObj(
            i ->
                new Prompt(
                    promptId(i),
                    ENGINE,
                    "train",
                    "problem " + i,
                    tokens(new SplittableRandom(i), PROMPT_TOKENS),
                    Integer.toString(i),
                    1,
                    "hash " + i))
        .toList();
  }

  /** The rollouts of a version with {@code from <= index < to}. */
  List<Rollout> rollouts(int version, int from, int to) {
    return IntStream.range(from, to).mapToObj(index -> rollout(version, index)).toList();
  }

  private Rollout rollout(int version, int index) {
    long seed = seed(version, index);
    SplittableRandom random = new SplittableRandom(seed);
    int[] ids = tokens(random, tokens);
    int prompt = prompt(version, index);
    return new Rollout(
        rolloutId(version, index),
        run,
        version,
        promptId(prompt),
        GroupNames.fresh(promptId(prompt), version),
        index % GROUP_SIZE,
        index / GROUP_SIZE,
        tokens(new SplittableRandom(prompt), PROMPT_TOKENS),
        ids,
        text(ids) + answer(prompt, seed),
        logprobs(random, tokens),
        null,
        "stop",
        seed,
        1,
        tokens,
        ENGINE,
        "float32",
        time(version));
  }

  /** What the verifier says to each rollout of a version. */
  List<Reward> rewards(int version) {
    BoxedIntegerVerifier verifier = new BoxedIntegerVerifier();
    return each(
        index -> {
          int prompt = prompt(version, index);
          Verdict verdict =
              verifier.verify(
                  answer(prompt, seed(version, index)), Integer.toString(prompt), false);
          return new Reward(
              rolloutId(version, index),
              run,
              version,
              verifier.id(),
              verifier.version(),
              Reward.SCORED,
              verdict.reward(),
              verdict.correct(),
              verdict.formatOk(),
              verdict.detail());
        });
  }

  /** Log-probs of the rollouts of version {@code step} under {@code anchorVersions}. */
  List<AnchorLogprobs> anchors(int step, List<Integer> anchorVersions) {
    List<AnchorLogprobs> rows = new ArrayList<>();
    for (int anchor : anchorVersions) {
      rows.addAll(
          each(
              index -> {
                SplittableRandom random = new SplittableRandom(seed(step, index) + 1 + anchor);
                return new AnchorLogprobs(
                    rolloutId(step, index),
                    run,
                    step,
                    anchor,
                    attempt(step),
                    logprobs(random, tokens));
              }));
    }
    return rows;
  }

  /** What the rollouts of version {@code step} did in every pass. */
  List<StepRollout> stepRollouts(int step) {
    List<StepRollout> rows = new ArrayList<>();
    for (int p = 0; p < PASSES; p++) {
      int pass = p;
      rows.addAll(
          each(
              index -> {
                SplittableRandom random = new SplittableRandom(seed(step, index) - 1 - pass);
                return new StepRollout(
                    run,
                    step,
                    attempt(step),
                    pass,
                    rolloutId(step, index),
                    0,
                    random.nextDouble(-2, 2),
                    random.nextDouble(0.9, 1.1),
                    random.nextDouble(0, 0.1),
                    random.nextDouble(),
                    random.nextDouble(),
                    random.nextDouble());
              }));
    }
    return rows;
  }

  private <T> List<T> each(IntFunction<T> row) {
    return IntStream.range(0, rollouts).mapToObj(row).toList();
  }

  /**
   * @param uri of its checkpoint
   */
  Policy policy(int version, String uri) {
    return new Policy(
        run,
        version,
        attempt(Math.max(version - 1, 0)),
        version == 0 ? null : version - 1,
        0,
        0,
        version == 0 ? 0 : 1,
        uri,
        "0".repeat(64),
        Config.RESOLVED,
        ENGINE,
        time(version),
        null);
  }

  /** Loaded once in a process: the same text stands in every row. */
  private static final class Config {
    static final String RESOLVED = SpongeConfig.load(Optional.empty(), Map.of()).resolved();
  }

  /** The commit of a step that found the tables as the steps before left them. */
  TrainStep trainStep(int step) {
    SplittableRandom random = new SplittableRandom(step);
    Map<String, Double> metrics = new TreeMap<>();
    for (int i = 0; i < METRICS; i++) {
      metrics.put(String.format(Locale.ROOT, "bench/metric_%02d", i), random.nextDouble());
    }
    return new TrainStep(
        run,
        step,
        attempt(step),
        step,
        step + 1,
        0,
        0,
        1,
        rollouts,
        0,
        0,
        0,
        PASSES,
        1,
        1,
        step + 1L,
        step + 1L,
        step,
        metrics,
        Map.of("total", 1.0),
        time(step),
        step + 1L,
        0L,
        0L,
        (long) step,
        (long) step,
        0L,
        0L,
        0L);
  }

  static String attempt(int step) {
    return String.format(Locale.ROOT, "bench%06d", step);
  }

  private static Instant time(int version) {
    return START.plusSeconds(version);
  }
}
