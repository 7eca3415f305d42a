package dev.sponge.jobs.cli;

import dev.sponge.jobs.plan.PlanJob;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code sponge plan}. */
@Command(
    name = "plan",
    description = {
      "Say what memory a run with the same flags needs, from the model's config.json alone.",
      "Exit code 0 when it fits into this machine, 1 when it does not."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Sponge.Version.class)
final class PlanCommand implements Callable<Integer> {
  @ParentCommand private Sponge sponge;
  @Mixin private CommonOptions options;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      description = "memory to fit into, such as 24g (default: what this machine has)")
  private String memory;

  @Option(names = "--json", description = "print one JSON object, in bytes")
  private boolean json;

  @Override
  public Integer call() {
    PlanJob plan = new PlanJob(options.load().effective(), Optional.ofNullable(memory));
    if (json) {
      sponge.out().println(plan.json());
    } else {
      plan.lines().forEach(sponge.out()::println);
    }
    return plan.fits() ? Sponge.DONE : Sponge.FAILED;
  }
}
