package dev.sponge.jobs.table;

import dev.sponge.jobs.spark.TestSpark;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.sql.SparkSession;

/** One Spark session for all tests of this JVM, and rows to fill the tables with. */
final class LakehouseFixture {
  static final String RUN = "main";
  static final Instant NOW = Instant.parse("2026-01-02T03:04:05.000006Z");
  static final RewardsTable.VerifierKey VERIFIER =
      new RewardsTable.VerifierKey("boxed-integer", "1");

  private LakehouseFixture() {}

  static SparkSession spark() {
    return TestSpark.session();
  }

  static Prompt prompt(int index) {
    return new Prompt(
        "p" + index,
        "synthetic",
        index % 2 == 0 ? "train" : "test",
        "Compute 1+" + index + ".\n",
        new int[] {1, 2, index},
        Integer.toString(index + 1),
        1,
        "hash" + index);
  }

  static Policy policy(int version, String attempt) {
    return new Policy(
        RUN,
        version,
        attempt,
        version == 0 ? null : version - 1,
        0,
        0,
        version == 0 ? 0 : 1,
        "checkpoints/main/v" + version,
        "abc",
        "{}",
        "cpu",
        NOW,
        null);
  }

  /** {@code count} rollouts of a version in groups of 4, with {@code tokens} tokens each. */
  static List<Rollout> rollouts(int version, int count, int tokens) {
    return IntStream.range(0, count).mapToObj(i -> rollout(version, i, tokens)).toList();
  }

  static Rollout rollout(int version, int index, int tokens) {
    int[] ids = new int[tokens];
    float[] logprobs = new float[tokens];
    for (int t = 0; t < tokens; t++) {
      ids[t] = (index * 31 + t * 7) % 100;
      logprobs[t] = -(t + 1) / 17f - index * 1e-4f;
    }
    return new Rollout(
        "r" + version + "-" + index,
        RUN,
        version,
        "p" + index / 4,
        "g%d-%04d".formatted(version, index / 4),
        index % 4,
        index / 128,
        new int[] {5, 6, 7},
        ids,
        "7+5=12\n\\boxed{12}",
        logprobs,
        null,
        "stop",
        0x9E3779B97F4A7C15L * (index + 1),
        1.0,
        64,
        "cpu",
        "float32",
        NOW);
  }

  static List<Reward> rewards(List<Rollout> rollouts) {
    return rollouts.stream()
        .map(
            r ->
                new Reward(
                    r.rolloutId(),
                    RUN,
                    r.policyVersion(),
                    VERIFIER.id(),
                    VERIFIER.version(),
                    Reward.SCORED,
                    r.sampleIndex() % 2.0,
                    r.sampleIndex() % 2 == 1,
                    true,
                    ""))
        .toList();
  }

  static List<AnchorLogprobs> anchors(List<Rollout> rollouts, int step, String attempt) {
    return rollouts.stream()
        .map(
            r ->
                new AnchorLogprobs(
                    r.rolloutId(), RUN, step, step, attempt, r.behaviourLogprobs().clone()))
        .toList();
  }

  static List<StoredAdvantages> advantages(List<Rollout> rollouts, String attempt) {
    return rollouts.stream()
        .map(
            r ->
                new StoredAdvantages(
                    r.rolloutId(),
                    RUN,
                    r.policyVersion(),
                    attempt,
                    r.behaviourLogprobs().clone(),
                    r.behaviourLogprobs().clone()))
        .toList();
  }

  static List<StepRollout> stepRollouts(List<Rollout> rollouts, int step, String attempt) {
    return rollouts.stream()
        .map(
            r ->
                new StepRollout(
                    RUN,
                    step,
                    attempt,
                    0,
                    r.rolloutId(),
                    step - r.policyVersion(),
                    0.5,
                    1.01,
                    0.1,
                    1e-3,
                    2e-3,
                    -0.5))
        .toList();
  }

  static List<HistoryStatistic> statistics(List<Rollout> rollouts, int step, String attempt) {
    return rollouts.stream()
        .map(
            r ->
                new HistoryStatistic(
                    RUN,
                    step,
                    attempt,
                    r.rolloutId(),
                    r.policyVersion(),
                    r.groupId(),
                    step - r.policyVersion(),
                    r.responseIds().length,
                    1.01,
                    2.5,
                    -0.25,
                    0.97,
                    0.03,
                    0.01,
                    0.02,
                    2,
                    1,
                    true,
                    r.sampleIndex() == 0))
        .toList();
  }

  static TrainStep step(int step, String attempt) {
    return new TrainStep(
        RUN,
        step,
        attempt,
        step,
        step + 1,
        0,
        0,
        1,
        154,
        102,
        0,
        0.4,
        2,
        50.0,
        1,
        2,
        3,
        4,
        Map.of("actor/pg_loss", 0.25, "actor/grad_norm", 1.5),
        Map.of("train", 2.0),
        NOW,
        5L,
        null,
        7L,
        8L,
        9L,
        10L,
        11L,
        12L);
  }

  static RejectedPrompt rejected(String id) {
    return new RejectedPrompt(
        id, null, "math", "train", "math.json:3", "empty-gold", "no answer", null, null, "{}", NOW);
  }

  static Evaluation evaluation(int version, String attempt, int samples) {
    return new Evaluation(
        RUN,
        version,
        "synthetic-math",
        attempt,
        512,
        samples,
        1.0,
        0.3,
        0.26,
        0.34,
        0.25,
        samples < 8 ? null : 0.6,
        20.5,
        0.1,
        0.7,
        3.5,
        NOW);
  }

  static EvaluationResponse response(int version, String attempt, int sample) {
    return new EvaluationResponse(
        RUN,
        version,
        "synthetic-math",
        attempt,
        "p1",
        sample,
        sample == -1,
        new int[] {1, 2},
        "\\boxed{2}",
        "stop",
        1.0,
        true,
        true);
  }
}
