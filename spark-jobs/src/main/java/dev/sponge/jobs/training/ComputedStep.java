package dev.sponge.jobs.training;

import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.table.AnchorLogprobs;
import dev.sponge.jobs.table.HistoryStatistic;
import dev.sponge.jobs.table.StepRollout;
import dev.sponge.jobs.table.StoredAdvantages;
import dev.sponge.rl.training.StepReport.RolloutReport;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An outer step that is computed and not committed: the rows it would write.
 *
 * @param state before the step
 * @param attemptId that the rows carry
 * @param weightsSha256 of version k + 1
 * @param reports by pass and rollout
 * @param rollouts counts of what the step was given
 * @param historyShare p of the step
 * @param metrics by name, without seconds
 * @param anchors log-probs that no earlier step had
 * @param history what was looked at of the history
 * @param advantages of fresh rollouts that replays will ask for; empty where none will
 */
public record ComputedStep(
    RunState state,
    String attemptId,
    String weightsSha256,
    List<RolloutReport> reports,
    Rollouts rollouts,
    double historyShare,
    Map<String, Double> metrics,
    List<AnchorLogprobs> anchors,
    List<HistoryStatistic> history,
    Optional<List<StoredAdvantages>> advantages) {

  /**
   * What the step was given.
   *
   * @param fresh rollouts of version k
   * @param replayed rollouts of earlier versions
   * @param skippedGroups groups left out
   */
  public record Rollouts(int fresh, int replayed, int skippedGroups) {}

  /** The rows of {@code step_rollouts}, in the order of passes and of the data. */
  public List<StepRollout> stepRollouts(String runId) {
    return reports.stream().map(report -> row(runId, report)).toList();
  }

  private StepRollout row(String runId, RolloutReport report) {
    return new StepRollout(
        runId,
        state.step(),
        attemptId,
        report.pass(),
        report.rolloutId(),
        report.lag(),
        report.advantage(),
        report.meanRatio(),
        report.clipFraction(),
        report.klBase(),
        report.klPrecedent(),
        report.loss());
  }
}
