package dev.sponge.jobs.data;

import dev.sponge.datasets.RejectionReason;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What an import did.
 *
 * @param rows of the files
 * @param imported new prompts
 * @param there prompts that an earlier import brought
 * @param forgotten rows of prompts that were recalled, which do not come back
 * @param rejected rows by reason
 */
public record ImportReport(
    long rows, long imported, long there, long forgotten, Map<RejectionReason, Long> rejected) {
  public ImportReport {
    rejected = Map.copyOf(rejected);
  }

  /** Rows rejected for any reason. */
  public long rejectedRows() {
    return rejected.values().stream().mapToLong(Long::longValue).sum();
  }

  /** The reasons with their counts: {@code empty-gold 2, too-long 1}. */
  public String reasons() {
    return rejected.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(entry -> "%s %,d".formatted(entry.getKey().label(), entry.getValue()))
        .collect(Collectors.joining(", "));
  }

  /** The counts in one line. */
  public String line() {
    StringBuilder line =
        new StringBuilder(
            "%,d rows: %,d prompts imported, %,d already there, %,d rejected"
                .formatted(rows, imported, there, rejectedRows()));
    if (rejectedRows() > 0) {
      line.append(" (").append(reasons()).append(')');
    }
    if (forgotten > 0) {
      line.append(", %,d forgotten before".formatted(forgotten));
    }
    return line.toString();
  }
}
