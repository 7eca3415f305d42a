package dev.sponge.jobs.ledger;

import java.util.List;

/**
 * What a check looked at and what it found.
 *
 * @param check its name
 * @param examined rows, files or checkpoints it looked at
 * @param leftovers what broken-off attempts left behind: it counts nowhere and harms nothing
 * @param damaged how many damages there are; {@code damages} holds the first of them
 */
public record CheckResult(
    String check, long examined, long leftovers, long damaged, List<Damage> damages) {

  /** A check that found this and no leftovers. */
  static CheckResult of(String check, long examined, List<Damage> damages) {
    return new CheckResult(check, examined, 0, damages.size(), damages);
  }
}
