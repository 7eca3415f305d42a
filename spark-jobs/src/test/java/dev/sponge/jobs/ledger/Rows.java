package dev.sponge.jobs.ledger;

import dev.sponge.jobs.table.TrainStep;
import java.time.Instant;
import java.util.Map;

/** Rows for tests that need one. */
final class Rows {
  private Rows() {}

  static TrainStep step(String runId, int step) {
    return new TrainStep(
        runId,
        step,
        "a",
        step,
        step + 1,
        0,
        0,
        1,
        4,
        0,
        0,
        0.0,
        1,
        1.0,
        0,
        0,
        0,
        0,
        Map.of(),
        Map.of(),
        Instant.EPOCH,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null);
  }
}
