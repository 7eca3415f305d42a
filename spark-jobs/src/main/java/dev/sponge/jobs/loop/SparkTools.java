package dev.sponge.jobs.loop;

import dev.sponge.jobs.cli.Sponge;
import dev.sponge.jobs.cli.StageContext;
import dev.sponge.jobs.cli.Tools;
import dev.sponge.jobs.exchange.ExportJob;
import dev.sponge.jobs.exchange.ImportRolloutsJob;
import dev.sponge.jobs.provenance.Lineage;
import dev.sponge.jobs.provenance.Lineage.Ancestor;
import dev.sponge.jobs.report.TextTable;
import java.util.List;
import java.util.Optional;
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
}
