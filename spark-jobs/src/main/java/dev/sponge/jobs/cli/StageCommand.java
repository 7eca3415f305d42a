package dev.sponge.jobs.cli;

import dev.sponge.jobs.cli.Stages.Outcome;
import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.inference.ModelDirectory;
import dev.sponge.jobs.report.Console;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** A subcommand that reads the configuration and calls one stage. */
@Command(
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Sponge.Version.class)
abstract class StageCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @ParentCommand private Sponge sponge;
  @Mixin private WorkOption work;
  @Mixin private CommonOptions options;

  /** Whether the stage may begin in an empty work directory. */
  abstract boolean beginsWork();

  /** Whether the stage loops over steps. */
  boolean loops() {
    return false;
  }

  abstract Outcome call(Stages stages, StageContext context);

  @Override
  public Integer call() {
    SpongeConfig config = options.load().effective();
    if (!config.model().isFresh()) {
      ModelDirectory.check("model.dir =", config.model().dir());
    }
    WorkPlace place = beginsWork() ? work.create() : work.existing();
    Console console = Console.on(sponge.out(), options.quiet());
    if (loops()) {
      announce(config, console);
    }
    Outcome outcome =
        sponge.inStage(
            place.local(), stages -> call(stages, new StageContext(place, config, console)));
    if (outcome == Outcome.NOTHING_TO_DO) {
      console.result(spec.name() + ": nothing to do");
    }
    return Sponge.DONE;
  }

  /** A run that ends before T has no phase 2; steps never rescale T. */
  private static void announce(SpongeConfig config, Console console) {
    config
        .reincarnation()
        .at()
        .ifPresent(
            step -> {
              if (config.run().steps() <= step) {
                console.line(
                    "run.steps = "
                        + config.run().steps()
                        + " does not pass reincarnation.step = "
                        + step
                        + ": this run has phase 1 only");
              }
            });
  }
}
