package dev.sponge.jobs.config;

import dev.sponge.rl.UserError;

/**
 * Section {@code lease}: how an application shows that it works on a run, and when another may take
 * the run over.
 */
public record LeaseConfig(int heartbeatSeconds, int staleSeconds) {

  public LeaseConfig {
    Check.range("lease.heartbeat_seconds", heartbeatSeconds, 1, 3_600);
    Check.range("lease.stale_seconds", staleSeconds, 2, 86_400);
    if (staleSeconds < 2 * heartbeatSeconds) {
      throw new UserError(
          "lease.stale_seconds = "
              + staleSeconds
              + " is less than twice lease.heartbeat_seconds = "
              + heartbeatSeconds
              + ": a run that is alive would be taken over; raise the first or lower the second.");
    }
  }
}
