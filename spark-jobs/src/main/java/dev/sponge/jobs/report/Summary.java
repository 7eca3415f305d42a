package dev.sponge.jobs.report;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonPrimitive;
import com.google.gson.JsonSerializationContext;
import com.google.gson.JsonSerializer;
import com.google.gson.annotations.SerializedName;
import dev.sponge.rl.SpongeException;
import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;

/**
 * The content of {@code summary.json}: component names in snake case are the keys.
 *
 * @param base evaluation of the policy before step 0
 * @param finalPolicy evaluation of the last policy, under the key {@code final}
 * @param steps finished outer steps
 * @param rolloutsGenerated fresh rollouts, evaluation and bootstrap not counted
 * @param rolloutsReplayed rollouts of earlier versions, counted once for each step that used them
 * @param overheadSecondsPerStep see {@link #overheadPerStep}
 * @param peakRssBytes see {@link PeakMemory}
 */
public record Summary(
    String runId,
    String algorithm,
    long seed,
    PassRates base,
    @SerializedName("final") PassRates finalPolicy,
    int steps,
    long rolloutsGenerated,
    long rolloutsReplayed,
    double overheadSecondsPerStep,
    long peakRssBytes,
    Seconds seconds,
    TokensPerSecond tokensPerSecond,
    List<CurvePoint> curve) {

  public static final String FILE_NAME = "summary.json";

  /** The first step whose time counts for the overhead: earlier ones still warm up. */
  private static final int FIRST_STEADY_STEP = 5;

  private static final Gson GSON =
      new GsonBuilder()
          .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
          .registerTypeAdapter(double.class, (JsonSerializer<Double>) Summary::number)
          // Gson looks at the boxed value's type too.
          .registerTypeAdapter(Double.class, (JsonSerializer<Double>) Summary::number)
          .serializeNulls()
          .disableHtmlEscaping()
          .setPrettyPrinting()
          .create();

  public Summary {
    curve = List.copyOf(curve);
  }

  /** Shares of held-out problems solved. */
  public record PassRates(double pass1Greedy, double pass1Sampled, double pass8Sampled) {}

  /**
   * Wall-clock by phase.
   *
   * @param hidden of the rollouts, while a step trained; 0 unless {@code run.mode = async}
   */
  public record Seconds(
      double total,
      double bootstrap,
      double rollout,
      double verify,
      double score,
      double train,
      double tables,
      double evaluate,
      double hidden) {}

  /** Response tokens sampled, and tokens run forward and backward, per second of their phase. */
  public record TokensPerSecond(double generate, double train) {}

  /**
   * One evaluated policy.
   *
   * @param step finished steps before the policy, 0 for the base
   * @param rollouts fresh rollouts before the policy
   */
  public record CurvePoint(
      int step,
      long rollouts,
      double pass1Greedy,
      double pass1Sampled,
      double responseLength,
      double reflectionRate,
      double entropy,
      double lambda,
      double klBase,
      double klPrev,
      double pgClipfrac) {}

  /**
   * Wall-clock minus time inside engine calls: the median over the steps from the fifth on, NaN if
   * there are fewer than five.
   *
   * @param wallSeconds (steps) wall-clock of each step
   * @param engineSeconds (steps) time inside engine calls of each step
   */
  public static double overheadPerStep(double[] wallSeconds, double[] engineSeconds) {
    if (wallSeconds.length != engineSeconds.length) {
      throw new IllegalArgumentException(
          wallSeconds.length + " wall-clock times, " + engineSeconds.length + " engine times");
    }
    int count = Math.max(0, wallSeconds.length - (FIRST_STEADY_STEP - 1));
    if (count == 0) {
      return Double.NaN;
    }
    double[] overhead = new double[count];
    for (int i = 0; i < count; i++) {
      int step = i + FIRST_STEADY_STEP - 1;
      overhead[i] = wallSeconds[step] - engineSeconds[step];
    }
    Arrays.sort(overhead);
    return count % 2 == 1
        ? overhead[count / 2]
        : (overhead[count / 2 - 1] + overhead[count / 2]) / 2;
  }

  /** JSON has no NaN: a value that was never measured is null. */
  private static JsonElement number(Double value, Type type, JsonSerializationContext context) {
    return Double.isFinite(value) ? new JsonPrimitive(value) : JsonNull.INSTANCE;
  }

  public String toJson() {
    return GSON.toJson(this);
  }

  /**
   * Writes {@code summary.json} into the work directory, whole or not at all.
   *
   * @return the file
   */
  public Path write(Path work) {
    Path file = work.resolve(FILE_NAME);
    Path temporary = work.resolve(FILE_NAME + ".tmp");
    try {
      Files.writeString(temporary, toJson() + "\n");
      return Files.move(
          temporary, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new SpongeException("The summary " + file + " cannot be written: " + e, e);
    }
  }
}
