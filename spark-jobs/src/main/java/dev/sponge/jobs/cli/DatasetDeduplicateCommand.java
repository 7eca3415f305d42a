package dev.sponge.jobs.cli;

import dev.sponge.jobs.cli.DatasetTools.Deduplication;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sponge dataset deduplicate}. */
@Command(
    name = "deduplicate",
    description = {
      "Keep one of training prompts that are nearly the same.",
      "The others are listed in table prompts_rejected and not asked any more."
    })
final class DatasetDeduplicateCommand extends DatasetToolCommand {
  @Mixin private SimilarityOptions similarity;

  @Option(
      names = "--source",
      paramLabel = "NAME",
      split = ",",
      description =
          "sources to compare, the one whose prompts rather stay first (default: all, and the"
              + " smallest prompt_id stays)")
  private final List<String> sources = new ArrayList<>();

  @Override
  int call(DatasetTools tools, StageContext context) {
    return tools.deduplicate(
        context, new Deduplication(sources, similarity.likeness(), similarity.dryRun()));
  }
}
