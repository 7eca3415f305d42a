package dev.sponge.jobs.cli;

import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns a failure into one sentence on the terminal, its trace into the log, and an exit code. */
final class FailureReport {
  /** Read by {@code log4j2.properties}; must be set before the first logger exists. */
  static final String LOG_PROPERTY = "sponge.log";

  private static final int LONGEST_MESSAGE = 600;

  private final PrintStream err;
  private Path log;
  private volatile boolean interrupted;

  FailureReport(PrintStream err) {
    this.err = err;
  }

  /** Names the log file of the stage that is about to start. */
  void logTo(Path work) {
    log = work.resolve("logs").resolve("sponge.log");
    System.setProperty(LOG_PROPERTY, log.toString());
  }

  /** Called by the JVM's shutdown while a stage runs. */
  void interrupted() {
    interrupted = true;
    err.println(
        System.lineSeparator()
            + "sponge: interrupted; the tables are whole, and the same command goes on from them.");
    err.flush();
  }

  /** Reports a command line that picocli refuses. */
  int report(ParameterException failure) {
    String name = failure.getCommandLine().getCommandSpec().qualifiedName();
    String text =
        failure instanceof UnmatchedArgumentException unmatched
            ? unmatched(unmatched)
            : firstLine(failure.getMessage());
    print(text + "; see " + name + " --help.");
    return Sponge.USER_ERROR;
  }

  /** Picocli lists all arguments from the first unknown one on; the first says it all. */
  private static String unmatched(UnmatchedArgumentException failure) {
    String first = failure.getUnmatched().get(0);
    String kind = "argument";
    if (failure.isUnknownOption()) {
      kind = "option";
    } else if (!failure.getCommandLine().getSubcommands().isEmpty()) {
      kind = "command";
    }
    List<String> suggestions = failure.getSuggestions();
    String hint = suggestions.isEmpty() ? "" : "; did you mean " + String.join(" or ", suggestions);
    return "Unknown " + kind + " " + first + hint;
  }

  /** Reports a failed stage or a refused configuration. */
  int report(Throwable failure) {
    if (interrupted || cause(failure, InterruptedException.class) != null) {
      return interruptedExit();
    }
    logTrace(failure);
    UserError userError = cause(failure, UserError.class);
    if (userError != null) {
      print(userError.getMessage());
      return Sponge.USER_ERROR;
    }
    print(sentence(failure) + logHint());
    return Sponge.FAILED;
  }

  private int interruptedExit() {
    if (!interrupted) {
      interrupted();
    }
    return Sponge.INTERRUPTED;
  }

  private void logTrace(Throwable failure) {
    if (log != null) {
      LoggerFactory.getLogger(Sponge.class).error("The command failed", failure);
    }
  }

  private String logHint() {
    return log == null ? "" : " The full trace is in " + log + ".";
  }

  private static String sentence(Throwable failure) {
    SpongeException own = cause(failure, SpongeException.class);
    if (own != null) {
      return finished(own.getMessage());
    }
    Throwable root = failure;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    String message = root.getMessage() == null ? "" : ": " + firstLine(root.getMessage());
    return finished("The command failed with " + root.getClass().getSimpleName() + message);
  }

  private static String finished(String text) {
    return text.endsWith(".") ? text : text + ".";
  }

  private static String firstLine(String text) {
    String line = text.strip().lines().findFirst().orElse("");
    return line.length() > LONGEST_MESSAGE ? line.substring(0, LONGEST_MESSAGE) + "..." : line;
  }

  /** The outermost failure of a type in the chain of causes, or null. */
  private static <T extends Throwable> T cause(Throwable failure, Class<T> type) {
    Throwable current = failure;
    // A chain of causes may be a ring; none that means something is this long.
    for (int depth = 0; current != null && depth < 50; depth++) {
      if (type.isInstance(current)) {
        return type.cast(current);
      }
      current = current.getCause();
    }
    return null;
  }

  private void print(String text) {
    err.println("sponge: " + text);
    err.flush();
  }
}
