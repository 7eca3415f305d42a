package dev.sponge.jobs.cli;

import dev.sponge.rl.SpongeException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ServiceLoader;
import java.util.function.Function;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Main class: {@code sponge COMMAND [flags]}. */
@Command(
    name = "sponge",
    description = "Off-policy reinforcement finetuning of language models on a lakehouse (ReMix).",
    mixinStandardHelpOptions = true,
    versionProvider = Sponge.Version.class,
    subcommands = {
      QuickstartCommand.class,
      RunCommand.class,
      ImportCommand.class,
      DatasetCommand.class,
      PlanCommand.class,
      StudyCommand.class,
      PrepareCommand.class,
      BootstrapCommand.class,
      RolloutCommand.class,
      TrainCommand.class,
      ReincarnateCommand.class,
      EvaluateCommand.class,
      SqlCommand.class,
      VerifyCommand.class,
      LineageCommand.class,
      WhyCommand.class,
      ReplayCommand.class,
      MigrateCommand.class,
      ViewsCommand.class,
      MaintainCommand.class,
      ExportCommand.class,
      ImportRolloutsCommand.class,
      FsckCommand.class,
      RescoreCommand.class,
      ForgetCommand.class,
      BenchCommand.class,
      GenerateCommand.class,
      LogprobsCommand.class
    })
public final class Sponge implements Runnable {
  /** Exit code: the command did its work, or there was none. */
  public static final int DONE = 0;

  /** Exit code: a stage failed or found damage. */
  public static final int FAILED = 1;

  /** Exit code: the user's input cannot be used. */
  public static final int USER_ERROR = 2;

  /** Exit code: interrupted by Ctrl-C. */
  public static final int INTERRUPTED = 130;

  private final Supplier<Stages> stages;
  private final PrintStream out;
  private final PrintStream err;
  private final FailureReport failures;
  @Spec private CommandSpec spec;

  private Sponge(Supplier<Stages> stages, PrintStream out, PrintStream err) {
    this.stages = stages;
    this.out = out;
    this.err = err;
    this.failures = new FailureReport(err);
  }

  public static void main(String[] args) {
    System.exit(execute(args, Sponge::installedStages, System.out, System.err));
  }

  /**
   * Runs one command line.
   *
   * @param stages called when a stage starts, not before: loading Spark takes seconds
   * @return the exit code
   */
  public static int execute(
      String[] args, Supplier<Stages> stages, PrintStream out, PrintStream err) {
    Sponge sponge = new Sponge(stages, out, err);
    try {
      return new CommandLine(sponge)
          .setExpandAtFiles(false)
          .setCaseInsensitiveEnumValuesAllowed(true)
          .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
          .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
          .setParameterExceptionHandler((e, ignored) -> sponge.failures.report(e))
          .setExecutionExceptionHandler((e, command, ignored) -> sponge.failures.report(e))
          .execute(args);
    } catch (Error e) {
      // Picocli hands on exceptions only; an exhausted heap, a missing class or Hadoop's error for
      // a full disk deserves a sentence too.
      return sponge.failures.report(e);
    }
  }

  private static Stages installedStages() {
    return ServiceLoader.load(Stages.class)
        .findFirst()
        .orElseThrow(
            () ->
                new SpongeException(
                    "The installation is incomplete: no "
                        + Stages.class.getName()
                        + " on the classpath; build it again."));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "No command given");
  }

  PrintStream out() {
    return out;
  }

  PrintStream err() {
    return err;
  }

  /** Runs a stage with its log file and the report of an interruption in place. */
  <T> T inStage(Path work, Function<Stages, T> stage) {
    failures.logTo(work);
    Interruption interruption = Interruption.reportedBy(failures);
    try {
      return stage.apply(stages.get());
    } finally {
      interruption.end();
    }
  }

  /** Reads the version that the build wrote into the jar. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Sponge.class.getPackage().getImplementationVersion();
      return new String[] {"sponge " + (version == null ? "(development build)" : version)};
    }
  }
}
