package dev.sponge.jobs.run;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts the items of a round into work units: batches whose membership depends on the items alone,
 * whatever executor runs them.
 */
public final class WorkUnits {
  private WorkUnits() {}

  /**
   * @param index place in the round, from 0
   * @param items what the batch holds
   */
  public record Unit<T extends Serializable>(int index, ArrayList<T> items)
      implements Serializable {}

  /**
   * @param most largest size of a unit; sizes differ by one at most
   */
  public static <T extends Serializable> List<Unit<T>> of(List<T> items, int most) {
    return of(items, most, 0);
  }

  /** The same with indices from {@code first} on. */
  public static <T extends Serializable> List<Unit<T>> of(List<T> items, int most, int first) {
    int count = (items.size() + most - 1) / most;
    List<Unit<T>> units = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int from = (int) ((long) items.size() * i / count);
      int to = (int) ((long) items.size() * (i + 1) / count);
      units.add(new Unit<>(first + i, new ArrayList<>(items.subList(from, to))));
    }
    return units;
  }
}
