package dev.sponge.jobs.verify;

import dev.sponge.jobs.verify.BoundedLines.Line;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import dev.sponge.rl.reward.math.MathVerdict;
import dev.sponge.rl.reward.math.MathVerifier;
import dev.sponge.rl.reward.math.Outcome;
import dev.sponge.rl.reward.math.Preset;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/**
 * Judges the pairs of a file of JSON lines: one line of output for each, in the same order. Lines
 * are read, judged by all processors and written as a stream. The output file appears when all of
 * it is written, and not at all if anything fails.
 */
public final class VerifyPairs {
  /** Stands for standard input or output. */
  public static final String STANDARD = "-";

  /** Longest line of input in bytes; a response of tens of thousands of tokens is far below. */
  static final int LONGEST_LINE = 1 << 20;

  private static final int BATCH_LINES = 64;
  private static final int BATCH_BYTES = 1 << 20;

  private final MathVerifier verifier;
  private final int threads = Runtime.getRuntime().availableProcessors();

  /**
   * @param preset label of a {@link Preset}
   * @throws UserError if there is none of that label
   */
  public VerifyPairs(String preset) {
    Preset rules =
        Arrays.stream(Preset.values())
            .filter(known -> known.label().equals(preset))
            .findFirst()
            .orElseThrow(
                () ->
                    new UserError(
                        "--preset %s is not available: use %s."
                            .formatted(
                                preset,
                                Arrays.stream(Preset.values())
                                    .map(Preset::label)
                                    .collect(Collectors.joining(", ")))));
    verifier = MathVerifier.of(rules);
  }

  /** How many pairs came to which outcome. */
  public record Counts(Map<Outcome, Long> outcomes) {
    /** Such as {@code 3 pairs: 2 equal, 1 no_answer}. */
    public String sentence() {
      long pairs = outcomes.values().stream().mapToLong(Long::longValue).sum();
      String parts =
          outcomes.entrySet().stream()
              .map(entry -> "%,d %s".formatted(entry.getValue(), label(entry.getKey())))
              .collect(Collectors.joining(", "));
      return "%,d pairs%s".formatted(pairs, parts.isEmpty() ? "" : ": " + parts);
    }
  }

  /** Judged lines as they are written. */
  private record Batch(byte[] lines, List<Outcome> outcomes) {}

  /**
   * Judges all pairs.
   *
   * @param input file, or {@link #STANDARD} for {@code in}
   * @param output file, or {@link #STANDARD} for {@code out}
   * @throws UserError if a file cannot be used or a line is no pair, naming the line
   */
  public Counts run(String input, String output, InputStream in, OutputStream out) {
    if (input.equals(STANDARD)) {
      return toOutput(new BoundedLines(in, "standard input", LONGEST_LINE), output, out);
    }
    try (InputStream file = Files.newInputStream(Path.of(input))) {
      return toOutput(new BoundedLines(file, input, LONGEST_LINE), output, out);
    } catch (IOException e) {
      throw new UserError(
          "The file %s cannot be read (%s); look at --input."
              .formatted(input, e instanceof NoSuchFileException ? "there is none" : e),
          e);
    }
  }

  private Counts toOutput(BoundedLines lines, String output, OutputStream out) {
    return output.equals(STANDARD) ? judge(lines, out) : toFile(lines, Path.of(output));
  }

  private Counts toFile(BoundedLines lines, Path output) {
    Path directory = output.toAbsolutePath().getParent();
    Path temporary =
        directory.resolve("." + output.getFileName() + "." + UUID.randomUUID() + ".tmp");
    if (!Files.isDirectory(directory) || Files.isDirectory(output)) {
      throw new UserError("The file " + output + " cannot be written; look at --output.");
    }
    try {
      Counts counts;
      try (OutputStream file = Files.newOutputStream(temporary)) {
        counts = judge(lines, file);
      }
      Files.move(temporary, output, StandardCopyOption.REPLACE_EXISTING);
      return counts;
    } catch (IOException e) {
      throw new UserError(
          "The file " + output + " cannot be written (" + e + "); look at --output.", e);
    } finally {
      delete(temporary);
    }
  }

  private static void delete(Path temporary) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      throw new SpongeException("The file " + temporary + " cannot be deleted: " + e, e);
    }
  }

  private Counts judge(BoundedLines lines, OutputStream out) {
    Map<Outcome, Long> outcomes = new EnumMap<>(Outcome.class);
    Deque<Future<Batch>> running = new ArrayDeque<>();
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      for (List<Line> batch = batch(lines); !batch.isEmpty(); batch = batch(lines)) {
        List<Line> given = batch;
        running.add(pool.submit(() -> judged(given)));
        if (running.size() > 2 * threads) {
          write(running.remove(), out, outcomes);
        }
      }
      while (!running.isEmpty()) {
        write(running.remove(), out, outcomes);
      }
      out.flush();
    } catch (IOException e) {
      throw new SpongeException("The verdicts cannot be written: " + e, e);
    } finally {
      pool.shutdownNow();
    }
    return new Counts(outcomes);
  }

  private static List<Line> batch(BoundedLines lines) {
    List<Line> batch = new ArrayList<>();
    long bytes = 0;
    while (batch.size() < BATCH_LINES && bytes < BATCH_BYTES) {
      Optional<Line> line = lines.next();
      if (line.isEmpty()) {
        break;
      }
      batch.add(line.get());
      bytes += line.get().bytes().length;
    }
    return batch;
  }

  private Batch judged(List<Line> lines) {
    StringBuilder text = new StringBuilder();
    List<Outcome> outcomes = new ArrayList<>();
    for (Line line : lines) {
      Pair pair = Pair.of(line);
      MathVerdict verdict =
          pair.response()
              ? verifier.verify(pair.gold(), pair.text())
              : verifier.equal(pair.gold(), pair.text());
      outcomes.add(verdict.outcome());
      text.append("{\"outcome\":\"")
          .append(label(verdict.outcome()))
          .append("\",\"method\":\"")
          .append(label(verdict.method()))
          .append("\",\"equal\":")
          .append(verdict.equal())
          .append("}\n");
    }
    return new Batch(text.toString().getBytes(StandardCharsets.UTF_8), outcomes);
  }

  private static void write(Future<Batch> future, OutputStream out, Map<Outcome, Long> outcomes)
      throws IOException {
    Batch batch;
    try {
      batch = future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new SpongeException("A pair cannot be judged: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SpongeException("interrupted", e);
    }
    out.write(batch.lines());
    batch.outcomes().forEach(outcome -> outcomes.merge(outcome, 1L, Long::sum));
  }

  private static String label(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
