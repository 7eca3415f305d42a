package dev.sponge.jobs.config;

import dev.sponge.rl.batch.AutoShare;

/** Section {@code history.auto}: how {@code history.share = auto} finds the share of a step. */
public record AutoShareConfig(double maxShare, double effective) {
  private static final double MOST = 0.99;

  public AutoShareConfig {
    Check.above("history.auto.max_share", maxShare, 0, MOST);
    Check.share("history.auto.effective", effective);
  }

  /** The same in the terms of core-rl. */
  public AutoShare rule() {
    return new AutoShare(maxShare, effective);
  }
}
