package dev.sponge.jobs.run;

import dev.sponge.jobs.table.Prompt;
import dev.sponge.jobs.table.RolloutsTable.Place;
import dev.sponge.rl.batch.PromptSelection.Strategy;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Counts the prompts in whose place a step asked others. */
public final class PassedOver {
  /**
   * Metric of a committed step that selects prompts: those of its block that it did not ask, passed
   * over or too long.
   */
  public static final String METRIC = "data/passed_over_prompts";

  private PassedOver() {}

  /** The metric of the state's step, whose rollouts are there; none where every prompt is asked. */
  public static Map<String, Double> metric(RunContext run, RunState state) {
    if (run.config().rollout().promptSelection().strategy() == Strategy.UNIFORM) {
      return Map.of();
    }
    int k = state.step();
    int perStep = run.config().rollout().promptsPerStep();
    int groups = StepSchedule.of(run, state).freshGroups(k, state.historyFrom(), perStep);
    Set<String> asked =
        run.lakehouse().rollouts().places(run.runId(), k, k).stream()
            .filter(place -> !GroupNames.isAgain(place.groupId()))
            .map(Place::promptId)
            .collect(Collectors.toSet());
    long passedOver =
        PromptSchedule.of(run).block(k, groups).stream()
            .map(Prompt::promptId)
            .filter(id -> !asked.contains(id))
            .count();
    return Map.of(METRIC, (double) passedOver);
  }
}
