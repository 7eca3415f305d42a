package dev.sponge.jobs.loop;

import dev.sponge.jobs.cli.Sponge;
import dev.sponge.jobs.cli.StageContext;
import dev.sponge.jobs.cli.Tools;
import dev.sponge.jobs.config.MaintenanceSettings;
import dev.sponge.jobs.maintenance.MaintainJob;
import dev.sponge.jobs.provenance.Lineage;
import dev.sponge.jobs.provenance.Lineage.Ancestor;
import dev.sponge.jobs.report.TextTable;
import dev.sponge.jobs.table.SqlViews;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** The tools on Spark. */
final class SparkTools implements Tools {
  @Override
  public int lineage(StageContext context, OptionalInt policyVersion) {
    return RunSession.with(
        context,
        run -> {
          List<Ancestor> chain = Lineage.of(run.lakehouse(), run.runId(), policyVersion);
          TextTable.format(Lineage.header(), chain.stream().map(Lineage::cells).toList())
              .forEach(run.console()::result);
          return Sponge.DONE;
        });
  }

  @Override
  public int views(StageContext context, boolean save) {
    return RunSession.with(
        context,
        run -> {
          List<List<String>> rows = new ArrayList<>();
          for (SqlViews.View view : SqlViews.all()) {
            String path = run.lakehouse().root() + "/" + SqlViews.DIRECTORY + "/" + view.name();
            if (save) {
              SqlViews.save(run.lakehouse(), view, path);
            }
            rows.add(List.of(view.name(), view.comment(), save ? path : ""));
          }
          TextTable.format(List.of("view", "one row is", save ? "saved at" : ""), rows)
              .forEach(run.console()::result);
          Path script = SqlViews.write(run.lakehouse(), run.work());
          run.console().result("for other Spark sessions: " + script);
          return Sponge.DONE;
        });
  }

  @Override
  public int maintain(StageContext context, MaintenanceSettings settings) {
    return RunSession.with(
        context,
        run -> {
          new MaintainJob(run, settings, Clock.systemUTC()).run();
          return Sponge.DONE;
        });
  }
}
