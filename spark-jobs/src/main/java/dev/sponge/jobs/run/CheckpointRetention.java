package dev.sponge.jobs.run;

import dev.sponge.jobs.config.CheckpointConfig;
import dev.sponge.jobs.config.CheckpointConfig.KeepOptimizer;
import dev.sponge.jobs.table.Evaluation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;

/**
 * Removes checkpoints that nothing needs any more. {@link CheckpointPolicy} says which versions
 * stay; the optimiser's moments and the critic stay with the last two, or with all ({@code
 * checkpoint.keep_optimizer}). Directories of attempts that were not committed go too, but none of
 * a version that is still to come.
 */
public final class CheckpointRetention {
  /** Directory of the optimiser inside a checkpoint. */
  public static final String TRAINER = "trainer";

  /** Directory of the critic inside a checkpoint. */
  public static final String CRITIC = "critic";

  private static final List<String> MOMENTS = List.of(TRAINER, CRITIC);

  private final RunContext run;
  private final CheckpointConfig config;

  public CheckpointRetention(RunContext run) {
    this(run, run.config().checkpoint());
  }

  /**
   * @param config in place of the run's
   */
  public CheckpointRetention(RunContext run, CheckpointConfig config) {
    this.run = run;
    this.config = config;
  }

  /**
   * A directory that goes.
   *
   * @param uri the checkpoint
   * @param part the subdirectory that goes; empty for the checkpoint as a whole
   */
  public record Removal(String uri, String part) {
    /** What goes. */
    public String path() {
      return part.isEmpty() ? uri : uri + "/" + part;
    }
  }

  /** Cleans up behind the newest policy. */
  public void apply(RunState state) {
    plan(state, Map.of(state.step(), state.policy().checkpointUri())).forEach(this::remove);
  }

  /**
   * What {@link #apply} would remove.
   *
   * @param published where the checkpoint of a version is that counts; of a version that is not
   *     named here every directory counts
   */
  public List<Removal> plan(RunState state, Map<Integer, String> published) {
    int k = state.step();
    CheckpointStore checkpoints = run.checkpoints();
    Set<Integer> kept =
        CheckpointPolicy.kept(
            IntStream.rangeClosed(0, k).boxed().toList(),
            run.lakehouse().evaluations().read(run.runId()).stream()
                .filter(Evaluation::ofTheRun)
                .toList(),
            run.lakehouse().incarnations().read(run.runId()),
            config);
    List<Removal> removals = new ArrayList<>();
    String directory = run.lakehouse().root() + "/checkpoints/" + run.runId();
    for (String uri : checkpoints.list(directory)) {
      int version = version(name(uri));
      if (version < 0 || version > k) {
        continue;
      }
      boolean counts = name(published.getOrDefault(version, uri)).equals(name(uri));
      if (!counts || !kept.contains(version)) {
        removals.add(new Removal(uri, ""));
      } else if (version < k - 1 && config.keepOptimizer() == KeepOptimizer.LAST_TWO) {
        MOMENTS.stream()
            .map(part -> new Removal(uri, part))
            .filter(removal -> checkpoints.isThere(removal.path()))
            .forEach(removals::add);
      }
    }
    return removals;
  }

  /** Removes what {@link #plan} named; does nothing when it is gone. */
  public void remove(Removal removal) {
    if (removal.part().isEmpty()) {
      run.checkpoints().delete(removal.uri());
    } else {
      run.checkpoints().prune(removal.uri(), removal.part());
    }
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
