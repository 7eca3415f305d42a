package dev.sponge.jobs.training;

import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.StepRolloutsTable;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** How often rollouts have trained in committed steps. */
record RolloutUses(Map<String, Use> byRollout) {

  /**
   * @param passes in which it has trained
   * @param steps in which it has trained
   */
  record Use(int passes, int steps) {
    private static final Use NONE = new Use(0, 0);

    private Use and(Use other) {
      return new Use(passes + other.passes, steps + other.steps);
    }
  }

  /**
   * @param firstStep oldest step in which a rollout of the history may have trained
   * @param k step whose earlier ones count
   */
  static RolloutUses read(RunContext run, int firstStep, int k) {
    Map<String, Use> uses = new HashMap<>();
    Set<String> seen = new HashSet<>();
    if (firstStep < k) {
      for (StepRolloutsTable.Use row :
          run.lakehouse().stepRollouts().uses(run.runId(), firstStep, k - 1)) {
        int newStep = seen.add(row.step() + "/" + row.rolloutId()) ? 1 : 0;
        uses.merge(row.rolloutId(), new Use(1, newStep), Use::and);
      }
    }
    return new RolloutUses(uses);
  }

  Use of(String rolloutId) {
    return byRollout.getOrDefault(rolloutId, Use.NONE);
  }
}
