package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.prepare.PrepareJob;
import dev.sponge.jobs.rollout.RolloutJob;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.run.Times;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.training.BootstrapJob;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Executor tasks that fail, in a work directory that is no local path. */
class FailingTaskTest {
  @TempDir Path directory;

  private RunContext prepared() {
    String root =
        FaultyFileSystem.root(
            TinyRun.spark().sparkContext().hadoopConfiguration(), directory.resolve("store"));
    RunContext run = TinyRun.open(directory.resolve("local"), root, Map.of());
    new PrepareJob(run).run();
    new BootstrapJob(run).run();
    return run;
  }

  @AfterEach
  void repair() {
    FaultyFileSystem.failNextReads(0);
  }

  private static RunState state(RunContext run) {
    return RunState.require(run.lakehouse(), TinyRun.RUN);
  }

  @Test
  void aTaskThatFailsOnceIsRetriedWithoutASecondRollout() {
    RunContext run = prepared();
    Lakehouse reference = TinyRun.reference().lakehouse();
    int reads = FaultyFileSystem.reads();
    FaultyFileSystem.failNextReads(1);
    new RolloutJob(run).run(state(run), new Times());
    assertThat(FaultyFileSystem.reads() - reads).as("a failed and a good read").isEqualTo(2);

    assertThat(Contents.rows(run.lakehouse().rollouts().read(TinyRun.RUN, 0, 0)))
        .isEqualTo(Contents.rows(reference.rollouts().read(TinyRun.RUN, 0, 0)));
    assertThat(run.lakehouse().rollouts().dataset().count())
        .isEqualTo(run.lakehouse().rollouts().dataset().select("rollout_id").distinct().count())
        .isEqualTo((long) TinyRun.PROMPTS_PER_STEP * TinyRun.GROUP_SIZE);
    assertThat(run.lakehouse().rewards().dataset().count())
        .isEqualTo((long) TinyRun.PROMPTS_PER_STEP * TinyRun.GROUP_SIZE);
  }

  @Test
  void aTaskThatKeepsFailingLeavesNoRowsAndTheNextRunGoesOn() {
    RunContext run = prepared();
    RolloutJob job = new RolloutJob(run);
    FaultyFileSystem.failNextReads(Integer.MAX_VALUE);
    assertThatThrownBy(() -> job.run(state(run), new Times()))
        .hasStackTraceContaining("the store is out of order");
    assertThat(run.lakehouse().rollouts().dataset().count()).isZero();

    FaultyFileSystem.failNextReads(0);
    new ReMixLoop(run).run();
    Contents.assertEqual(
        Contents.of(run.lakehouse(), TinyRun.RUN),
        Contents.of(TinyRun.reference().lakehouse(), TinyRun.RUN));
  }
}
