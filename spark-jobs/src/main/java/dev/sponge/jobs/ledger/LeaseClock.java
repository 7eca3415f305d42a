package dev.sponge.jobs.ledger;

import java.util.concurrent.TimeUnit;

/** Time as a lease needs it. */
interface LeaseClock {
  LeaseClock SYSTEM =
      new LeaseClock() {
        @Override
        public long wallMillis() {
          return System.currentTimeMillis();
        }

        @Override
        public void sleep(long millis) throws InterruptedException {
          TimeUnit.MILLISECONDS.sleep(millis);
        }
      };

  /** Milliseconds since the epoch; other machines disagree, and it may go backwards. */
  long wallMillis();

  /** Lets this process's own time pass. */
  void sleep(long millis) throws InterruptedException;
}
