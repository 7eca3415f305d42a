package dev.sponge.jobs.ledger;

/**
 * Something that is lost, doubled or changed.
 *
 * @param check name of the check that found it
 * @param runId run it belongs to; empty where it belongs to no single run
 * @param text what and where, with ids
 * @param repairable whether {@code --repair} can mend it
 */
public record Damage(String check, String runId, String text, boolean repairable) {

  /** One line for people. */
  String line() {
    return "%s: %s%s%s"
        .formatted(
            check,
            text,
            runId.isEmpty() ? "" : " (run " + runId + ")",
            repairable ? "; --repair can mend it" : "");
  }
}
