package dev.sponge.jobs.loop;

import dev.sponge.jobs.cli.DatasetTools;
import dev.sponge.jobs.cli.Sponge;
import dev.sponge.jobs.cli.StageContext;
import dev.sponge.jobs.curation.DifficultyJob;
import dev.sponge.jobs.curation.SimilarityJob;
import dev.sponge.jobs.curation.SimilarityReport;
import java.util.function.Function;

/** The data set tools on Spark. */
final class SparkDatasetTools implements DatasetTools {
  @Override
  public int importPrompts(StageContext context, PromptImport request) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int deduplicate(StageContext context, Deduplication request) {
    return report(
        context,
        job -> job.deduplicate(request.sources(), request.likeness(), request.dryRun()));
  }

  @Override
  public int decontaminate(StageContext context, Decontamination request) {
    return report(
        context,
        job -> job.decontaminate(request.against(), request.likeness(), request.dryRun()));
  }

  @Override
  public int difficulty(StageContext context, DifficultyFit request) {
    return RunSession.with(
        context,
        run -> {
          new DifficultyJob(run.lakehouse()).run(request).forEach(run.console()::result);
          return Sponge.DONE;
        });
  }

  private static int report(
      StageContext context, Function<SimilarityJob, SimilarityReport> work) {
    return RunSession.with(
        context,
        run -> {
          work.apply(new SimilarityJob(run.lakehouse())).lines().forEach(run.console()::result);
          return Sponge.DONE;
        });
  }
}
