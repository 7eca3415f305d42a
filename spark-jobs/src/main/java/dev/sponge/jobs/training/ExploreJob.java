package dev.sponge.jobs.training;

import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.run.Times;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.TableVersions;
import dev.sponge.jobs.table.TrainStep;
import java.time.Instant;
import java.util.Map;

/**
 * Ends a round of exploration: publishes the policy that sampled it once more, as version k + 1
 * with the same checkpoint, and commits step k with no pass over any data.
 */
public final class ExploreJob {
  private static final int PHASE = 0;

  private final RunContext run;

  public ExploreJob(RunContext run) {
    this.run = run;
  }

  /**
   * @param earlier clock of the round, with the seconds of its rollout stage where that ran in this
   *     process; the rollouts and rewards of version k are committed
   * @return the committed step
   */
  public TrainStep run(RunState state, Times earlier) {
    int k = state.step();
    Times times = new Times();
    times.addAll(earlier.asMap());
    String attemptId = Attempt.fresh();
    Lakehouse tables = times.measure("tables", () -> run.lakehouse().frozen());
    TableVersions read = tables.versions();
    StepData data =
        times.measure("tables", () -> StepData.explored(run.over(tables, run.config()), k));
    times.measure("tables", () -> run.lakehouse().policies().append(alias(state, attemptId)));
    times.add("total", earlier.elapsed());
    Map<String, Double> metrics = StepMetrics.of(run.config(), data);
    times.asMap().forEach((part, seconds) -> metrics.put("timing_s/" + part, seconds));
    TrainStep step =
        new TrainStep(
            run.runId(),
            k,
            attemptId,
            k,
            k + 1,
            state.baseVersion(),
            state.incarnationNumber(),
            PHASE,
            data.freshRollouts(),
            0,
            data.skippedGroups(),
            0,
            0,
            1,
            read.prompts(),
            read.rollouts(),
            read.rewards(),
            read.anchorLogprobs(),
            metrics,
            times.asMap(),
            Instant.now(),
            read.policies(),
            read.incarnations(),
            read.storedAdvantages(),
            read.trainSteps(),
            read.stepRollouts(),
            read.historyStatistics(),
            read.recalls(),
            read.promptsRejected());
    run.lakehouse().trainSteps().append(step);
    return step;
  }

  /** The same weights under the next version, so that prompts, seeds and tables move on. */
  private Policy alias(RunState state, String attemptId) {
    Policy policy = state.policy();
    return new Policy(
        run.runId(),
        state.step() + 1,
        attemptId,
        state.step(),
        state.baseVersion(),
        state.incarnationNumber(),
        PHASE,
        policy.checkpointUri(),
        policy.weightsSha256(),
        run.config().resolved(),
        run.engine(),
        Instant.now(),
        policy.tokenizerSha256());
  }
}
