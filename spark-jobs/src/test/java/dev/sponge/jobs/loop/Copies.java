package dev.sponge.jobs.loop;

import dev.sponge.jobs.table.Rollout;

/** Rows of the reference run under other names. */
final class Copies {
  private Copies() {}

  static Rollout of(Rollout r, String rolloutId, String runId, int policyVersion) {
    return new Rollout(
        rolloutId,
        runId,
        policyVersion,
        r.promptId(),
        r.groupId(),
        r.sampleIndex(),
        r.workUnit(),
        r.promptIds(),
        r.responseIds(),
        r.responseText(),
        r.behaviourLogprobs(),
        r.keptLogmass(),
        r.finishReason(),
        r.seed(),
        r.temperature(),
        r.maxNewTokens(),
        r.engine(),
        r.dtype(),
        r.createdAt());
  }
}
