package dev.sponge.jobs.run;

import dev.sponge.jobs.config.RewardConfig;
import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.report.Console;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Policy;
import dev.sponge.rl.reward.BoxedIntegerVerifier;
import dev.sponge.rl.reward.FinalIntegerVerifier;
import dev.sponge.rl.reward.Verifier;
import dev.sponge.rl.text.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * What every job of a run is given.
 *
 * @param work local directory of the run's files that are not tables: logs, summary, scratch
 * @param config effective
 */
public record RunContext(Path work, Lakehouse lakehouse, SpongeConfig config, Console console) {
  private static final String TOKENIZER = "tokenizer";

  public String runId() {
    return config.run().name();
  }

  public JavaSparkContext spark() {
    return JavaSparkContext.fromSparkContext(lakehouse.spark().sparkContext());
  }

  /** Tasks that run at once, and threads that train. */
  public int workers() {
    int configured = config.engine().workers();
    return configured > 0 ? configured : Runtime.getRuntime().availableProcessors();
  }

  public CheckpointStore checkpoints() {
    return new CheckpointStore(
        lakehouse.spark().sparkContext().hadoopConfiguration(), work.resolve("cache"));
  }

  /** The directory of the tokenizer that the prompts table was made with. */
  public Path tokenizerDirectory() {
    return config.model().isFresh() ? work.resolve(TOKENIZER) : Path.of(config.model().dir());
  }

  /** SHA-256 of tokenizer.json, hex: token ids of runs with equal hashes mean the same. */
  public String tokenizerSha256() {
    return Hashes.sha256(tokenizerDirectory().resolve(Tokenizer.FILE_NAME));
  }

  /** How executors run a published policy. */
  public PolicySource source(Policy policy) {
    return new PolicySource(
        policy.checkpointUri(),
        policy.weightsSha256(),
        config.engine().device(),
        config.engine().threads(),
        config.engine().dtype(),
        config.rollout().batchRows(),
        List.copyOf(config.rollout().stop()));
  }

  /** What judges responses. */
  public Verifier verifier() {
    return verifier(config.reward().verifier(), config.reward().formatWeight());
  }

  /** The same, for a task on an executor. */
  public static Verifier verifier(RewardConfig.Verifier name, double formatWeight) {
    return switch (name) {
      case BOXED_INTEGER -> new BoxedIntegerVerifier();
      case FINAL_INTEGER -> new FinalIntegerVerifier(formatWeight);
    };
  }

  /** Names what results depend on beside their inputs. */
  public String engine() {
    return EngineInfo.describe(config.engine(), workers());
  }
}
