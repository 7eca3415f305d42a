package dev.sponge.jobs.cli;

import dev.sponge.jobs.cli.Stages.Outcome;
import dev.sponge.jobs.config.StudyConfig;
import dev.sponge.jobs.report.Console;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code sponge study}. */
@Command(
    name = "study",
    description = {
      "Run variants x seeds from one base policy, and report.",
      "Goes on where it stopped: a run whose curve is in the output directory is not repeated."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Sponge.Version.class)
final class StudyCommand implements Callable<Integer> {
  @ParentCommand private Sponge sponge;
  @Mixin private WorkOption work;

  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description = "the study: sections study and variants beside the keys of a run")
  private Path file;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "directory of curves and report (default: study in the work directory)")
  private Path out;

  @Option(names = "--report", description = "write the report of what is there; run nothing")
  private boolean reportOnly;

  @Option(names = "--quiet", description = "print results and errors alone")
  private boolean quiet;

  @Override
  public Integer call() {
    StudyConfig study = StudyConfig.load(file);
    Path directory = work.createLocal();
    Path target = out == null ? directory.resolve("study") : out.toAbsolutePath().normalize();
    Console console = Console.on(sponge.out(), quiet);
    Outcome outcome =
        sponge.inStage(
            directory,
            stages ->
                stages.study(
                    new Stages.StudyContext(directory, target, study, reportOnly, console)));
    if (outcome == Outcome.NOTHING_TO_DO) {
      console.result("sponge study: nothing to do");
    }
    console.result("report: " + target.resolve("report.md"));
    return Sponge.DONE;
  }
}
