package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.Policy;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code run.steps} may be raised: the run goes on as if it had always been that long. */
class MoreStepsTest {
  @TempDir Path directory;

  private boolean run(int steps) {
    return new ReMixLoop(TinyRun.open(directory, Map.of("run.steps", "" + steps))).run();
  }

  private static String weights(RunContext run, int version) {
    return run.lakehouse()
        .policies()
        .read(TinyRun.RUN, version)
        .map(Policy::weightsSha256)
        .orElseThrow();
  }

  @Test
  void aFinishedRunGoesOnWhenItGetsMoreSteps() {
    assertThat(run(1)).as("one step").isTrue();
    assertThat(run(1)).as("finished").isFalse();
    assertThat(run(2)).as("one step more").isTrue();
    RunContext longer = TinyRun.open(directory);
    for (int version = 0; version <= 2; version++) {
      assertThat(weights(longer, version))
          .as("version " + version)
          .isEqualTo(weights(TinyRun.reference(), version));
    }
    assertThat(Contents.rows(longer.lakehouse().rollouts().read(TinyRun.RUN, 0, 2)))
        .isEqualTo(
            Contents.rows(TinyRun.reference().lakehouse().rollouts().read(TinyRun.RUN, 0, 1)));
  }
}
