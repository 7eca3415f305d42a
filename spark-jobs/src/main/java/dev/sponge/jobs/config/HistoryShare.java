package dev.sponge.jobs.config;

/** Value of {@code history.share}: a number, or the word {@code auto}. */
public sealed interface HistoryShare {
  /** How {@link Auto} is written. */
  String AUTO = "auto";

  /** What stands in a config file: a Double, or {@value #AUTO}. */
  Object plain();

  /** The share p of every step of phase 1 that has history. */
  record Fixed(double value) implements HistoryShare {
    public Fixed {
      Check.share("history.share", value);
    }

    @Override
    public Object plain() {
      return value;
    }

    @Override
    public String toString() {
      return "" + value;
    }
  }

  /** The share of a step follows from what the step before measured ({@link AutoShareConfig}). */
  record Auto() implements HistoryShare {
    @Override
    public Object plain() {
      return AUTO;
    }

    @Override
    public String toString() {
      return AUTO;
    }
  }
}
