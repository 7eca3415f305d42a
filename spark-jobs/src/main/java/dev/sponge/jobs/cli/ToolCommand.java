package dev.sponge.jobs.cli;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.report.Console;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A subcommand that asks something of the tables of one run. */
@Command(
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Sponge.Version.class)
abstract class ToolCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private WorkOption work;

  @Option(
      names = "--run",
      paramLabel = "NAME",
      defaultValue = "main",
      description = "name of the run (default: ${DEFAULT-VALUE})")
  private String run;

  /** Whether the command may begin in an empty work directory. */
  boolean beginsWork() {
    return false;
  }

  abstract int call(Tools tools, StageContext context);

  @Override
  public Integer call() {
    Sponge sponge = (Sponge) spec.root().userObject();
    WorkPlace place = beginsWork() ? work.create() : work.existing();
    SpongeConfig config = SpongeConfig.load(Optional.empty(), Map.of("run.name", run));
    Console console = Console.on(sponge.out(), false);
    return sponge.inStage(
        place.local(), stages -> call(stages.tools(), new StageContext(place, config, console)));
  }
}
