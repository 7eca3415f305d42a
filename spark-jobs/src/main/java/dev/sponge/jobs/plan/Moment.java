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

  /**
   * This moment while another goes on in the same process, which has one JVM and one generator that
   * both count.
   */
  Moment beside(Moment other) {
    Map<Part, Long> sum = new EnumMap<>(Part.class);
    sum.putAll(bytes);
    other.bytes.forEach(
        (part, more) ->
            sum.merge(
                part,
                more,
                switch (part) {
                  case PROCESS, HEAP, GENERATOR -> Math::max;
                  default -> Long::sum;
                }));
    return new Moment(phase, name + " beside " + other.name, sum);
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
