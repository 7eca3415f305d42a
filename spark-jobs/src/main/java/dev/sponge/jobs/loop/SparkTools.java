package dev.sponge.jobs.loop;

import dev.sponge.jobs.cli.DatasetTools;
import dev.sponge.jobs.cli.Sponge;
import dev.sponge.jobs.cli.StageContext;
import dev.sponge.jobs.cli.Tools;
import dev.sponge.jobs.config.MaintenanceSettings;
import dev.sponge.jobs.exchange.ExportJob;
import dev.sponge.jobs.exchange.ImportRolloutsJob;
import dev.sponge.jobs.ledger.Fsck;
import dev.sponge.jobs.ledger.FsckReport;
import dev.sponge.jobs.maintenance.MaintainJob;
import dev.sponge.jobs.provenance.Influence;
import dev.sponge.jobs.provenance.Lineage;
import dev.sponge.jobs.provenance.Lineage.Ancestor;
import dev.sponge.jobs.provenance.Replay;
import dev.sponge.jobs.report.Console;
import dev.sponge.jobs.report.TextTable;
import dev.sponge.jobs.reuse.ForgetJob;
import dev.sponge.jobs.reuse.RescoreJob;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.SqlViews;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.sql.SparkSession;

/** The tools on Spark. */
final class SparkTools implements Tools {
  @Override
  public DatasetTools datasets() {
    return new SparkDatasetTools();
  }

  @Override
  public int fsck(StageContext context, FsckRequest request) {
    return RunSession.with(
        context,
        run -> {
          Fsck fsck =
              new Fsck(
                  run.lakehouse(),
                  run.work().resolve("cache"),
                  new Fsck.Scope(request.run(), request.hashes()));
          FsckReport report = request.repair() ? fsck.repair(run.config().lease()) : fsck.check();
          if (request.json()) {
            run.console().result(report.json());
          } else {
            report.lines().forEach(run.console()::result);
          }
          return report.sound() ? Sponge.DONE : Sponge.FAILED;
        });
  }

  @Override
  public int lineage(StageContext context, OptionalInt policyVersion, boolean json) {
    return RunSession.with(
        context,
        run -> {
          List<Ancestor> chain = Lineage.of(run.lakehouse(), run.runId(), policyVersion);
          if (json) {
            run.console().result(Lineage.json(chain));
          } else {
            TextTable.format(Lineage.header(), chain.stream().map(Lineage::cells).toList())
                .forEach(run.console()::result);
            Lineage.engines(chain).forEach(run.console()::result);
          }
          return Sponge.DONE;
        });
  }

  @Override
  public int replay(StageContext context, ReplayRequest request) {
    return RunSession.with(
        context,
        run -> {
          Replay.Report report =
              Replay.of(
                  run, new Replay.Request(request.step(), request.keep(), request.anyEngine()));
          Console console = run.console();
          report.differences().forEach(line -> console.result("different: " + line));
          report.notes().forEach(line -> console.result("note: " + line));
          console.result(report.sentence(request.step(), run.runId()));
          return switch (report.outcome()) {
            case EQUAL, WITHIN_TOLERANCE -> Sponge.DONE;
            case DIFFERENT -> Sponge.FAILED;
          };
        });
  }

  @Override
  public int why(StageContext context, int step, int top) {
    return RunSession.with(
        context,
        run -> {
          List<Influence> all = Influence.of(run, step);
          List<Influence> first = all.subList(0, Math.min(top, all.size()));
          run.console()
              .result(
                  "step %d of run \"%s\": %d of %d rollouts, %.1f %% of the influence (|advantage| x ratio x share not clipped x tokens)"
                      .formatted(
                          step,
                          run.runId(),
                          first.size(),
                          all.size(),
                          100 * first.stream().mapToDouble(Influence::share).sum()));
          for (int i = 0; i < first.size(); i++) {
            first.get(i).lines(i + 1).forEach(run.console()::result);
          }
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
  public int migrate(StageContext context) {
    SparkSession spark = RunSession.start(context);
    try {
      List<String> done = Lakehouse.migrate(spark, RunSession.root(spark, context));
      done.forEach(context.console()::result);
      if (done.isEmpty()) {
        context.console().result("sponge migrate: nothing to do");
      }
      return Sponge.DONE;
    } finally {
      spark.stop();
    }
  }

  @Override
  public int export(
      StageContext context, ExportFormat format, String out, Optional<String> verifier) {
    return RunSession.with(
        context,
        run -> {
          new ExportJob(run.lakehouse(), run.runId(), run.console()).run(format, out, verifier);
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

  @Override
  public int importRollouts(StageContext context, RolloutImport request) {
    return RunSession.with(
        context,
        run -> {
          long written = new ImportRolloutsJob(run, request).run();
          run.console()
              .result(
                  written > 0
                      ? "%,d rollouts imported as run \"%s\"".formatted(written, run.runId())
                      : "import-rollouts: nothing to do");
          return Sponge.DONE;
        });
  }

  @Override
  public int rescore(StageContext context, String verifier, boolean allRuns) {
    return RunSession.with(
        context,
        run -> {
          RescoreJob.Judged judged =
              new RescoreJob(run.lakehouse(), verifier)
                  .run(allRuns ? Optional.empty() : Optional.of(run.runId()));
          run.console()
              .result(
                  judged.versions() == 0
                      ? "rescore: nothing to do"
                      : "rescore: %,d rollouts of %d policy versions judged with %s"
                          .formatted(judged.rollouts(), judged.versions(), verifier));
          return Sponge.DONE;
        });
  }

  @Override
  public int forget(StageContext context, Recall recall) {
    return RunSession.with(
        context,
        run -> {
          ForgetJob job = new ForgetJob(run.lakehouse());
          ForgetJob.Report report =
              recall.dryRun()
                  ? job.report(recall.promptId())
                  : job.run(recall.promptId(), recall.reason());
          ForgetReport.lines(recall, report).forEach(run.console()::result);
          return Sponge.DONE;
        });
  }
}
