package dev.sponge.jobs.plan;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * What is in memory at one point of a phase.
 *
 * @param bytes by part; a part that is absent needs nothing
 */
record Moment(Phase phase, String name, Map<Part, Long> bytes) {
  /** The phases of a run, in the order of the table. */
  enum Phase {
    ROLLOUT,
    EVALUATE,
    SCORE,
    TRAIN,
    PUBLISH
  }

  Moment {
    Map<Part, Long> copy = new EnumMap<>(Part.class);
    copy.putAll(bytes);
    bytes = Collections.unmodifiableMap(copy);
  }

  /** Of one part. */
  long of(Part part) {
    return bytes.getOrDefault(part, 0L);
  }

  /** Of all parts. */
  long total() {
    return bytes.values().stream().mapToLong(Long::longValue).sum();
  }
}
