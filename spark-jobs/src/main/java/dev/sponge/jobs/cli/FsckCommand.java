package dev.sponge.jobs.cli;

import dev.sponge.jobs.cli.Tools.FsckRequest;
import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.report.Console;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code sponge fsck}. */
@Command(
    name = "fsck",
    description = {
      "Prove that nothing in the tables and checkpoints is lost, doubled or changed.",
      "Exit code 0 when all is sound, 1 when something is damaged."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Sponge.Version.class)
final class FsckCommand implements Callable<Integer> {
  @ParentCommand private Sponge sponge;
  @Mixin private WorkOption work;

  @Option(names = "--run", paramLabel = "NAME", description = "check one run (default: all)")
  private String run;

  @Option(
      names = "--no-hashes",
      description = "do not read the checkpoints; see only that they stand")
  private boolean noHashes;

  @Option(
      names = "--repair",
      description =
          "remove equal rows that stand twice and what broken-off attempts left, verify again"
              + " rollouts without a reward; no run may be going on")
  private boolean repair;

  @Option(names = "--json", description = "print one JSON object")
  private boolean json;

  @Override
  public Integer call() {
    WorkPlace place = work.existing();
    SpongeConfig config = SpongeConfig.defaults();
    Console console = Console.on(sponge.out(), false);
    FsckRequest request = new FsckRequest(Optional.ofNullable(run), !noHashes, repair, json);
    return sponge.inStage(
        place.local(),
        stages -> stages.tools().fsck(new StageContext(place, config, console), request));
  }
}
