package dev.sponge.jobs.cli;

import dev.sponge.jobs.bench.TablesBench;
import dev.sponge.jobs.bench.TablesBench.Whole;
import dev.sponge.jobs.report.Console;
import dev.sponge.rl.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code sponge bench tables}. */
@Command(
    name = "tables",
    description = {
      "What the tables cost an outer step of a long run.",
      "First build a history of random rollouts, or several of different length, then measure them side by side."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class BenchTablesCommand implements Callable<Integer> {
  @ParentCommand private BenchCommand bench;

  @Option(
      names = "--build",
      paramLabel = "DIR",
      description = "write a history into this new directory")
  private Path build;

  @Option(
      names = "--versions",
      paramLabel = "N",
      defaultValue = "10",
      description = "--build: policy versions (default: ${DEFAULT-VALUE})")
  private int versions;

  @Option(
      names = "--rollouts",
      paramLabel = "N",
      defaultValue = "256",
      description = "--build: rollouts of each version (default: ${DEFAULT-VALUE})")
  private int rollouts;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "500",
      description = "--build: tokens of each response (default: ${DEFAULT-VALUE})")
  private int tokens;

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description = "measure this history, which grows by the measured steps; may be repeated")
  private List<Path> work = List.of();

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "20",
      description = "--work: measured steps of each history (default: ${DEFAULT-VALUE})")
  private int steps;

  @Option(names = "--query", description = "--work: query the whole history too")
  private boolean query;

  @Option(names = "--fsck", description = "--work: run the checks of sponge fsck over it too")
  private boolean fsck;

  @Override
  public Integer call() {
    if ((build != null) == !work.isEmpty()) {
      throw new UserError("Give either --build DIR or --work DIR.");
    }
    Console progress = Console.on(bench.err(), false);
    bench.out().println(build != null ? build(progress) : measure(progress));
    return Sponge.DONE;
  }

  private String build(Console progress) {
    TablesBench.Size size =
        new TablesBench.Size(
            BenchCommand.Common.positive("--versions", versions),
            BenchCommand.Common.positive("--rollouts", rollouts),
            BenchCommand.Common.positive("--tokens", tokens));
    return TablesBench.build(absolute(build), size, progress);
  }

  private String measure(Console progress) {
    List<Path> directories = work.stream().map(BenchTablesCommand::absolute).toList();
    Optional<Path> missing =
        directories.stream().filter(d -> !Files.isDirectory(d.resolve("tables"))).findFirst();
    if (missing.isPresent()) {
      throw new UserError(
          "The work directory "
              + missing.get()
              + " holds no tables; build a history with: sponge bench tables --build DIR");
    }
    Set<Whole> whole = EnumSet.noneOf(Whole.class);
    if (query) {
      whole.add(Whole.QUERY);
    }
    if (fsck) {
      whole.add(Whole.FSCK);
    }
    return TablesBench.measure(
        directories, BenchCommand.Common.positive("--steps", steps), whole, progress);
  }

  private static Path absolute(Path directory) {
    return directory.toAbsolutePath().normalize();
  }
}
