package dev.sponge.jobs.loop;

import dev.sponge.jobs.cli.DatasetTools;
import dev.sponge.jobs.cli.Sponge;
import dev.sponge.jobs.cli.StageContext;
import dev.sponge.jobs.curation.DifficultyJob;
import dev.sponge.jobs.curation.SimilarityJob;
import dev.sponge.jobs.curation.SimilarityReport;
import dev.sponge.jobs.data.ImportPromptsJob;
import dev.sponge.jobs.data.ImportReport;
import java.util.function.Function;

/** The data set tools on Spark. */
final class SparkDatasetTools implements DatasetTools {
  @Override
  public int importPrompts(StageContext context, PromptImport request) {
    return RunSession.with(
        context,
        run -> {
          ImportReport report = new ImportPromptsJob(run.lakehouse(), run.console()).run(request);
          run.console().result(report.line());
          if (report.rejectedRows() > 0) {
            run.console()
                .result(
                    "why: sponge sql \"select place, reason, detail, excerpt from prompts_rejected\"");
          }
          return Sponge.DONE;
        });
  }

  @Override
  public int deduplicate(StageContext context, Deduplication request) {
    return report(
        context, job -> job.deduplicate(request.sources(), request.likeness(), request.dryRun()));
  }

  @Override
  public int decontaminate(StageContext context, Decontamination request) {
    return report(
        context, job -> job.decontaminate(request.against(), request.likeness(), request.dryRun()));
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

  private static int report(StageContext context, Function<SimilarityJob, SimilarityReport> work) {
    return RunSession.with(
        context,
        run -> {
          work.apply(new SimilarityJob(run.lakehouse())).lines().forEach(run.console()::result);
          return Sponge.DONE;
        });
  }
}
