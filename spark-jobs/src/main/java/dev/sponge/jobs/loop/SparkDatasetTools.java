package dev.sponge.jobs.loop;

import dev.sponge.jobs.cli.DatasetTools;
import dev.sponge.jobs.cli.Sponge;
import dev.sponge.jobs.cli.StageContext;
import dev.sponge.jobs.data.ImportPromptsJob;
import dev.sponge.jobs.data.ImportReport;

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
}
