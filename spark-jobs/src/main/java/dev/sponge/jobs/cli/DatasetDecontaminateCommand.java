package dev.sponge.jobs.cli;

import dev.sponge.jobs.cli.DatasetTools.Decontamination;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sponge dataset decontaminate}. */
@Command(
    name = "decontaminate",
    description = {
      "List training prompts that are nearly the same as a benchmark prompt.",
      "They go to table prompts_rejected and are not asked any more."
    })
final class DatasetDecontaminateCommand extends DatasetToolCommand {
  @Mixin private SimilarityOptions similarity;

  @Option(
      names = "--against",
      paramLabel = "NAME",
      split = ",",
      description =
          "sources of split test to compare with (default: those of aime24, amc23, math500,"
              + " minerva, olympiadbench that are there)")
  private final List<String> against = new ArrayList<>();

  @Override
  int call(DatasetTools tools, StageContext context) {
    return tools.decontaminate(
        context, new Decontamination(against, similarity.likeness(), similarity.dryRun()));
  }
}
