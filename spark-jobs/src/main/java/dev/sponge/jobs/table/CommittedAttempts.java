package dev.sponge.jobs.table;

import java.util.Map;

/**
 * Which attempt counts for each step.
 *
 * @param attemptByStep attempt id by outer step
 */
record CommittedAttempts(Map<Integer, String> attemptByStep) {
  boolean counts(int step, String attemptId) {
    return attemptId.equals(attemptByStep.get(step));
  }
}
