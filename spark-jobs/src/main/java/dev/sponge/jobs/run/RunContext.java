package dev.sponge.jobs.run;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.report.Console;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Policy;
import dev.sponge.rl.reward.Verifier;
import dev.sponge.rl.text.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * What every job of a run is given.
 *
 * @param work local directory of the run's files that are not tables: logs, summary, scratch
 * @param config effective
 */
public record RunContext(Path work, Lakehouse lakehouse, SpongeConfig config, Console console) {
  private static final String TOKENIZER = "tokenizer";

  /** The same run over other tables, as they were, and with the configuration of that time. */
  public RunContext over(Lakehouse tables, SpongeConfig ofThatTime) {
    return new RunContext(work, tables, ofThatTime, console);
  }

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

  /** The local directory of the tokenizer that the prompts table was made with. */
  public Path tokenizerDirectory() {
    if (!config.model().isFresh()) {
      return Path.of(config.model().dir());
    }
    return CheckpointStore.isLocal(lakehouse.root())
        ? work.resolve(TOKENIZER)
        : checkpoints().fetch(remoteTokenizer());
  }

  /**
   * Makes the tokenizer of a fresh policy if it is not there. Beside remote tables it is kept with
   * them, as a checkpoint is, so that another machine goes on with it.
   *
   * @param writer writes the files of the tokenizer into a local directory
   */
  public void makeTokenizer(Consumer<Path> writer) {
    if (!CheckpointStore.isLocal(lakehouse.root())) {
      if (!checkpoints().exists(remoteTokenizer())) {
        writer.accept(checkpoints().stage(remoteTokenizer()));
        checkpoints().publish(remoteTokenizer());
      }
    } else if (!Files.exists(work.resolve(TOKENIZER).resolve(Tokenizer.FILE_NAME))) {
      writer.accept(work.resolve(TOKENIZER));
    }
  }

  private String remoteTokenizer() {
    return lakehouse.root() + "/" + TOKENIZER;
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
    return Verifiers.of(config.reward());
  }

  /** Names what results depend on beside their inputs. */
  public String engine() {
    return EngineInfo.describe(config.engine(), workers());
  }
}
