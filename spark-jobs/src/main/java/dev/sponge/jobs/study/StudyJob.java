package dev.sponge.jobs.study;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.config.StudyConfig;
import dev.sponge.jobs.config.StudyConfig.Variant;
import dev.sponge.jobs.prepare.PrepareJob;
import dev.sponge.jobs.report.Console;
import dev.sponge.jobs.run.Hashes;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.StudyPoint;
import dev.sponge.jobs.training.BootstrapJob;
import dev.sponge.rl.DivergedException;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/**
 * Runs what a study lacks. Every run has a lakehouse of its own under {@code runs/}, so that runs
 * share no table while they train; the base policy is made once and given to all. A run that is
 * finished leaves its curve in {@code curves.jsonl} and in table studies.
 */
public final class StudyJob {
  private static final int HASH_DIGITS = 16;
  private static final String HASH_FILE = "study.sha256";
  private static final String BOOTSTRAP = "checkpoints/bootstrap";
  private static final List<String> SHARED_SECTIONS = List.of("data.", "model.", "bootstrap.");

  /** Keys that change no curve. */
  private static final List<String> IDLE_KEYS =
      List.of(
          "run.name", "engine.device", "engine.threads", "engine.workers", "checkpoint.", "lease.");

  private final StudyConfig study;
  private final Path work;
  private final CurveFile curves;
  private final Console console;
  private final SparkSession spark;
  private final Loop loop;

  /** Runs one run to its end, from where its tables end. */
  public interface Loop {
    void run(RunContext run);
  }

  /**
   * @param work where runs keep their tables
   * @param out directory of {@code curves.jsonl}
   */
  public StudyJob(
      StudyConfig study, Path work, Path out, Console console, SparkSession spark, Loop loop) {
    this.study = study;
    this.work = work;
    this.console = console;
    this.spark = spark;
    this.loop = loop;
    curves = CurveFile.open(out);
  }

  /** One run of the study. */
  private record Run(Variant variant, int seed, SpongeConfig config, String sha256) {
    static Run of(Variant variant, int seed) {
      SpongeConfig config = variant.run(seed);
      return new Run(variant, seed, config, hash(config));
    }

    String name() {
      return variant.runName(seed);
    }
  }

  /** What differs from the defaults, so that a key that is added later changes no hash. */
  static String hash(SpongeConfig config) {
    return hash(config, key -> IDLE_KEYS.stream().noneMatch(key::startsWith));
  }

  private static String baseHash(SpongeConfig config) {
    return hash(config, key -> SHARED_SECTIONS.stream().anyMatch(key::startsWith));
  }

  private static String hash(SpongeConfig config, Predicate<String> counts) {
    Map<String, Object> defaults = SpongeConfig.defaults().values();
    Map<String, Object> own = new TreeMap<>(config.values());
    own.entrySet()
        .removeIf(
            entry ->
                !counts.test(entry.getKey())
                    || entry.getValue().equals(defaults.get(entry.getKey())));
    return Hashes.sha256(own.toString(), HASH_DIGITS);
  }

  /**
   * Does the runs that are missing.
   *
   * @return whether there were any
   * @throws UserError when variants differ in prompts or base policy
   */
  public boolean run() {
    List<Run> all = new ArrayList<>();
    for (int seed : study.study().seeds()) {
      study.variants().forEach(variant -> all.add(Run.of(variant, seed)));
    }
    checkSameBase(all);
    List<Run> pending = new ArrayList<>();
    Lakehouse lakehouse = Lakehouse.open(spark, work);
    for (Run run : all) {
      Optional<Curve> curve = curves.find(run.variant().key(), run.seed(), run.sha256());
      curve.ifPresent(found -> lakehouse.studies().append(rows(found)));
      if (curve.isEmpty()) {
        pending.add(run);
      }
    }
    console.line("%d of %d runs are done".formatted(all.size() - pending.size(), all.size()));
    if (!pending.isEmpty()) {
      bootstrap(pending.get(0));
      runAll(pending, lakehouse);
    }
    return !pending.isEmpty();
  }

  /** All curves of the study's present configurations, by variant in the study's order. */
  public List<Curve> curves() {
    List<Curve> result = new ArrayList<>();
    for (Variant variant : study.variants()) {
      for (int seed : study.study().seeds()) {
        curves.find(variant.key(), seed, hash(variant.run(seed))).ifPresent(result::add);
      }
    }
    return result;
  }

  private static void checkSameBase(List<Run> runs) {
    Map<String, Object> first = runs.get(0).config().values();
    for (Run run : runs) {
      run.config()
          .values()
          .forEach(
              (key, value) -> {
                if (SHARED_SECTIONS.stream().anyMatch(key::startsWith)
                    && !value.equals(first.get(key))) {
                  throw new UserError(
                      "Variants %s and %s of the study differ in %s (%s and %s): all runs of a study begin from one base policy and the same prompts; set the key beside the variants."
                          .formatted(
                              runs.get(0).variant().key(),
                              run.variant().key(),
                              key,
                              first.get(key),
                              value));
                }
              });
    }
  }

  private void bootstrap(Run any) {
    Path directory = work.resolve("base");
    forgetOther(directory, baseHash(any.config()));
    RunContext base = context(directory, any.variant().base(any.seed()));
    new PrepareJob(base).run();
    if (base.lakehouse().policies().read(base.runId(), 0).isEmpty()) {
      console.line("bootstrap: making the base policy of all runs");
      new BootstrapJob(base).run();
    }
  }

  private RunContext context(Path directory, SpongeConfig config) {
    Console quiet = Console.silent();
    return new RunContext(directory, Lakehouse.open(spark, make(directory)), config, quiet);
  }

  private void runAll(List<Run> pending, Lakehouse lakehouse) {
    StudyProgress progress = new StudyProgress(pending.size(), console);
    ExecutorService threads = Executors.newFixedThreadPool(study.study().parallel());
    try {
      List<Future<?>> futures = new ArrayList<>();
      for (Run run : pending) {
        futures.add(
            threads.submit(
                () -> {
                  Curve curve = one(run);
                  curves.put(curve);
                  lakehouse.studies().append(rows(curve));
                  if (!study.study().keepRuns()) {
                    delete(directory(run));
                  }
                  progress.finished(run.name(), curve);
                }));
      }
      for (Future<?> future : futures) {
        await(future);
      }
    } finally {
      threads.shutdownNow();
      awaitEnd(threads);
    }
  }

  /** The session is stopped behind them. */
  private static void awaitEnd(ExecutorService threads) {
    try {
      threads.awaitTermination(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void await(Future<?> future) {
    try {
      future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SpongeException("the study was interrupted; the same command goes on with it", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new SpongeException("a run of the study failed: " + e.getCause(), e);
    }
  }

  private Path directory(Run run) {
    return work.resolve("runs").resolve(run.name());
  }

  /** One run, from where its tables end. Divergence is a finding, not an error. */
  private Curve one(Run run) {
    Path directory = directory(run);
    forgetOther(directory, run.sha256());
    copyBase(directory);
    RunContext context = context(directory, run.config());
    String failure = "";
    try {
      loop.run(context);
    } catch (DivergedException e) {
      failure = e.getMessage();
    }
    return new Curve(
        study.study().name(),
        run.variant().key(),
        run.seed(),
        run.sha256(),
        failure,
        CurveReader.points(context));
  }

  /** A directory left by another configuration is of no use. */
  private static void forgetOther(Path directory, String sha256) {
    Path file = directory.resolve(HASH_FILE);
    try {
      if (Files.exists(directory)
          && !(Files.exists(file) && Files.readString(file).equals(sha256))) {
        delete(directory);
      }
      Files.writeString(make(directory).resolve(HASH_FILE), sha256);
    } catch (IOException e) {
      throw new SpongeException("The run directory " + directory + " cannot be used: " + e, e);
    }
  }

  private void copyBase(Path directory) {
    Path from = work.resolve("base").resolve(BOOTSTRAP);
    Path to = directory.resolve(BOOTSTRAP);
    if (Files.exists(to)) {
      return;
    }
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.sorted().toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    } catch (IOException e) {
      throw new SpongeException("The base policy cannot be copied to " + to + ": " + e, e);
    }
  }

  private static List<StudyPoint> rows(Curve curve) {
    Instant now = Instant.now();
    return curve.points().stream()
        .map(
            point ->
                new StudyPoint(
                    curve.study(),
                    curve.variant(),
                    curve.seed(),
                    curve.configSha256(),
                    point.step(),
                    point.rollouts(),
                    point.replayed(),
                    point.seconds(),
                    point.metric(Curve.Point.GREEDY),
                    point.sampled(),
                    point.metrics().get(Curve.Point.PASS8),
                    curve.failure(),
                    point.metrics(),
                    now))
        .toList();
  }

  private static Path make(Path directory) {
    try {
      return Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UserError("The directory " + directory + " cannot be made: " + e, e);
    }
  }

  private static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new SpongeException("The run directory " + directory + " cannot be removed: " + e, e);
    }
  }
}
