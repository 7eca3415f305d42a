package dev.sponge.jobs.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.function.LongSupplier;

/** Standard output of a command: whole lines, and one line in place at a terminal. Thread-safe. */
public final class Console {
  private static final int WIDTH = 100;

  private final PrintStream out;
  private final boolean terminal;
  private final boolean quiet;
  private final LongSupplier nanoTime;
  private boolean transientLine;

  /**
   * @param terminal whether {@code out} understands a carriage return
   * @param quiet whether only results are printed, without progress and step lines
   * @param nanoTime clock as {@link System#nanoTime()}
   */
  public Console(PrintStream out, boolean terminal, boolean quiet, LongSupplier nanoTime) {
    this.out = out;
    this.terminal = terminal;
    this.quiet = quiet;
    this.nanoTime = nanoTime;
  }

  /** A console on a stream, in place at a terminal unless {@code TERM=dumb}. */
  public static Console on(PrintStream out, boolean quiet) {
    boolean terminal = isTerminal() && !"dumb".equals(System.getenv("TERM"));
    return new Console(out, terminal, quiet, System::nanoTime);
  }

  /** A console that prints nothing. */
  public static Console silent() {
    PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, UTF_8);
    return new Console(nowhere, false, true, System::nanoTime);
  }

  /** From JDK 22 on there may be a console without a terminal, and a method that tells. */
  @SuppressWarnings("SystemConsoleNull")
  private static boolean isTerminal() {
    java.io.Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return (boolean) java.io.Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return true;
    }
  }

  /** Prints a line about the course of the work; nothing when quiet. */
  public void line(String text) {
    if (!quiet) {
      result(text);
    }
  }

  /** Prints a line that the command was called for, quiet or not. */
  public synchronized void result(String text) {
    clear();
    out.println(text);
    out.flush();
  }

  /**
   * Starts a progress display.
   *
   * @param label what is being done: {@code bootstrap}
   * @param total amount of work in units
   * @param unit name of one unit in the plural: {@code batches}
   */
  public Progress progress(String label, long total, String unit) {
    Duration interval = terminal ? Duration.ofMillis(200) : Duration.ofMinutes(1);
    return new Progress(this, label, total, unit, interval);
  }

  long nanoTime() {
    return nanoTime.getAsLong();
  }

  /** Shows text that the next output replaces at a terminal; a plain line elsewhere. */
  synchronized void update(String text) {
    if (quiet) {
      return;
    }
    if (!terminal) {
      result(text);
      return;
    }
    String fitting = text.length() > WIDTH ? text.substring(0, WIDTH) : text;
    out.print("\r" + fitting + " ".repeat(WIDTH - fitting.length()));
    out.flush();
    transientLine = true;
  }

  /** Removes the line in place. */
  synchronized void clear() {
    if (transientLine) {
      out.print("\r" + " ".repeat(WIDTH) + "\r");
      out.flush();
      transientLine = false;
    }
  }
}
