package dev.sponge.jobs.loop;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.report.Console;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.spark.TestSpark;
import dev.sponge.jobs.table.Lakehouse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/** A whole run with a policy so small that a step takes a second. T is 3, after lags 1 and 2. */
final class TinyRun {
  static final String RUN = "main";
  static final int STEPS = 4;
  static final int REINCARNATION = 3;
  static final int GROUP_SIZE = 4;
  static final int PROMPTS_PER_STEP = 4;

  /** round(0.4 * 4): the groups of a step that are replayed when there is history. */
  static final int REPLAYED_GROUPS = 2;

  private static final Map<String, String> SETTINGS = settings();

  private TinyRun() {}

  private static Map<String, String> settings() {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put("run.steps", "" + STEPS);
    keys.put("engine.workers", "2");
    keys.put("data.train_problems", "48");
    keys.put("data.test_problems", "12");
    keys.put("data.levels", "[1]");
    keys.put("data.max_operand", "5");
    keys.put("data.max_factor", "2");
    keys.put("data.self_check_share", "0");
    // Wrong demonstrations make a policy that is often wrong, so that rewards differ in a group.
    keys.put("data.noise.wrong_result", "0.4");
    keys.put("data.noise.wrong_copy", "0");
    keys.put("data.noise.skipped_step", "0");
    keys.put("data.noise.broken_format", "0");
    keys.put("model.hidden_size", "32");
    keys.put("model.layers", "1");
    keys.put("model.heads", "2");
    keys.put("model.kv_heads", "1");
    keys.put("model.intermediate_size", "64");
    keys.put("model.max_positions", "96");
    keys.put("bootstrap.examples", "512");
    keys.put("bootstrap.epochs", "25");
    keys.put("bootstrap.batch_size", "32");
    keys.put("bootstrap.learning_rate", "5e-3");
    keys.put("bootstrap.warmup_steps", "5");
    keys.put("rollout.prompts_per_step", "" + PROMPTS_PER_STEP);
    keys.put("rollout.group_size", "" + GROUP_SIZE);
    keys.put("rollout.max_new_tokens", "20");
    keys.put("rollout.work_unit_prompts", "2");
    keys.put("history.share", "0.4");
    keys.put("history.versions", "2");
    keys.put("training.minibatches", "2");
    keys.put("training.micro_batch_sequences", "4");
    keys.put("training.learning_rate", "1e-3");
    keys.put("reincarnation.step", "" + REINCARNATION);
    // Every step can be computed again.
    keys.put("checkpoint.keep_every", "1");
    keys.put("checkpoint.keep_optimizer", "all");
    keys.put("evaluation.every", "2");
    keys.put("evaluation.problems", "12");
    keys.put("evaluation.samples", "2");
    keys.put("evaluation.final_samples", "8");
    return keys;
  }

  static SparkSession spark() {
    return TestSpark.session();
  }

  /** A directory that goes with the JVM. */
  static Path temporary(String prefix) {
    return TestSpark.temporary(prefix);
  }

  static SpongeConfig config(Map<String, String> overrides) {
    Map<String, String> keys = new LinkedHashMap<>(SETTINGS);
    keys.putAll(overrides);
    return SpongeConfig.load(Optional.empty(), keys).effective();
  }

  /** The same settings as a file for {@code --config}. */
  static Path configFile(Path directory) throws IOException {
    String text =
        SETTINGS.entrySet().stream()
            .map(e -> e.getKey() + " = " + e.getValue() + "\n")
            .collect(Collectors.joining());
    return Files.writeString(directory.resolve("tiny.conf"), text);
  }

  static RunContext open(Path work) {
    return open(work, Map.of());
  }

  static RunContext open(Path work, Map<String, String> overrides) {
    return new RunContext(
        work,
        Lakehouse.open(spark(), work),
        config(overrides),
        Console.on(System.out, /* quiet= */ true));
  }

  /** The same run in another work directory, on a file system of another scheme. */
  static RunContext open(Path work, String root, Map<String, String> overrides) {
    return new RunContext(
        work,
        Lakehouse.open(spark(), root),
        config(overrides),
        Console.on(System.out, /* quiet= */ true));
  }

  /** An unbroken run, made once for all tests; not to be changed. */
  static RunContext reference() {
    return Reference.RUN_CONTEXT;
  }

  /**
   * A work directory with the tables of {@link #reference}; its checkpoints stay where they are.
   */
  static Path copyOfReference(Path work) {
    Path source = reference().work();
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path name = source.relativize(file);
        if (name.startsWith("tables") || name.startsWith("tokenizer")) {
          Files.createDirectories(work.resolve(name).getParent());
          Files.copy(file, work.resolve(name));
        }
      }
      return work;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Reference {
    static final RunContext RUN_CONTEXT = open(temporary("sponge-reference"));

    static {
      new ReMixLoop(RUN_CONTEXT).run();
    }
  }
}
