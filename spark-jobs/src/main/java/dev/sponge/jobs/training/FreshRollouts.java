package dev.sponge.jobs.training;

import dev.sponge.jobs.table.Lakehouse;
import java.util.Map;

/** The rollouts of pi_k as step k sees them: there already, or made while it trains. */
public interface FreshRollouts {
  /**
   * Looks without waiting whether making them has failed.
   *
   * @throws RuntimeException what it failed with
   */
  void check();

  /**
   * Waits until they and their rewards are committed.
   *
   * @throws RuntimeException what making them failed with
   */
  void await();

  /**
   * The tables with these rollouts and their rewards, none of which takes rows; waits for them.
   *
   * @param before the tables as the step saw them first
   */
  Lakehouse arrived(Lakehouse before);

  /** Seconds by part that making them took, for the step's row; after {@link #await}. */
  Map<String, Double> seconds();

  /** Rollouts that were committed before. */
  static FreshRollouts committed() {
    return Committed.INSTANCE;
  }

  /** Nothing to wait for. */
  enum Committed implements FreshRollouts {
    INSTANCE;

    @Override
    public void check() {}

    @Override
    public void await() {}

    @Override
    public Lakehouse arrived(Lakehouse before) {
      return before;
    }

    @Override
    public Map<String, Double> seconds() {
      return Map.of();
    }
  }
}
