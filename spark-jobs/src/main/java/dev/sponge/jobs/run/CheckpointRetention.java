package dev.sponge.jobs.run;

import dev.sponge.jobs.config.CheckpointConfig.KeepOptimizer;
import dev.sponge.jobs.table.Evaluation;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.fs.Path;

/**
 * Removes checkpoints that nothing needs any more. Kept: k, k-1, the base, every reincarnation
 * point, the best evaluated version and every {@code checkpoint.keep_every}-th; the optimiser's
 * moments and the critic of the last two, or of all ({@code checkpoint.keep_optimizer}).
 * Directories of attempts that were not committed go too.
 */
public final class CheckpointRetention {
  /** Directory of the optimiser inside a checkpoint. */
  public static final String TRAINER = "trainer";

  /** Directory of the critic inside a checkpoint. */
  public static final String CRITIC = "critic";

  private final RunContext run;

  public CheckpointRetention(RunContext run) {
    this.run = run;
  }

  /** Cleans up behind the newest policy. */
  public void apply(RunState state) {
    int k = state.step();
    Set<Integer> kept = keptVersions(state);
    KeepOptimizer keeps = run.config().checkpoint().keepOptimizer();
    CheckpointStore checkpoints = run.checkpoints();
    String newest = name(state.policy().checkpointUri());
    String directory = run.lakehouse().root() + "/checkpoints/" + run.runId();
    for (String uri : checkpoints.list(directory)) {
      int version = version(name(uri));
      boolean orphan = version == k && !name(uri).equals(newest);
      if (version >= 0 && (orphan || !kept.contains(version)) && version <= k) {
        checkpoints.delete(uri);
      } else if (version >= 0 && version < k - 1 && keeps == KeepOptimizer.LAST_TWO) {
        checkpoints.prune(uri, TRAINER);
        checkpoints.prune(uri, CRITIC);
      }
    }
  }

  private Set<Integer> keptVersions(RunState state) {
    int k = state.step();
    Set<Integer> kept = new HashSet<>(List.of(k, Math.max(k - 1, 0), state.baseVersion()));
    run.lakehouse().incarnations().read(run.runId()).forEach(i -> kept.add(i.baseVersion()));
    run.lakehouse().evaluations().read(run.runId()).stream()
        .max(Comparator.comparingDouble(Evaluation::pass1Sampled))
        .ifPresent(best -> kept.add(best.policyVersion()));
    int every = run.config().checkpoint().keepEvery();
    for (int version = 0; every > 0 && version <= k; version += every) {
      kept.add(version);
    }
    return kept;
  }

  private static String name(String uri) {
    return new Path(uri).getName();
  }

  /** The version in {@code v000012-attempt}; -1 for another name. */
  private static int version(String name) {
    return name.matches("v\\d{6,}-.+")
        ? Integer.parseInt(name.substring(1, name.indexOf('-')))
        : -1;
  }
}
