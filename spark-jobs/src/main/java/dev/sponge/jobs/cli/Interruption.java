package dev.sponge.jobs.cli;

/**
 * Ctrl-C while a stage runs. The JVM answers the signal by its shutdown hooks and exit code 130;
 * commits are atomic, so the tables stay readable and the next call goes on.
 */
final class Interruption {
  private final Thread hook;

  private Interruption(Thread hook) {
    this.hook = hook;
  }

  /** Reports an interruption until {@link #end()}. */
  static Interruption reportedBy(FailureReport failures) {
    Thread hook = new Thread(failures::interrupted, "sponge-interruption");
    Runtime.getRuntime().addShutdownHook(hook);
    return new Interruption(hook);
  }

  /** Ends the watch. */
  void end() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException alreadyShuttingDown) {
      // The hook has reported, so there is nothing to take back.
      return;
    }
  }
}
