package dev.sponge.jobs.run;

import dev.sponge.rl.batch.AutoShare;
import dev.sponge.rl.training.ReMixSchedule;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The schedule of one step, as its rollout stage and its training stage both find it. With {@code
 * history.share = auto} the share of step k follows from what step k - 1 measured and committed, so
 * it is known before the step samples, and a resumed run finds the same.
 */
public final class StepSchedule {
  /**
   * Metric of a committed step: effective sample size of the history tokens that it scored, under
   * its pi_k.
   */
  public static final String ESS = "history/ess";

  private StepSchedule() {}

  /** The schedule of the state's step. */
  public static ReMixSchedule of(RunContext run, RunState state) {
    ReMixSchedule schedule = RunPlan.schedule(run.config());
    Optional<AutoShare> rule = run.config().history().autoShare();
    int k = state.step();
    if (rule.isEmpty() || schedule.historyWindow(k, state.historyFrom()).size() == 0) {
      return schedule;
    }
    OptionalDouble ess =
        run.lakehouse().trainSteps().read(run.runId(), k - 1).stream()
            .filter(step -> step.metrics().containsKey(ESS))
            .mapToDouble(step -> step.metrics().get(ESS))
            .findFirst();
    return schedule.withShare(rule.get().share(ess));
  }
}
