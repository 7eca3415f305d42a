package dev.sponge.jobs.loop;

import dev.sponge.jobs.cli.Sponge;
import dev.sponge.jobs.cli.StageContext;
import dev.sponge.jobs.cli.Tools;
import dev.sponge.jobs.ledger.Fsck;
import dev.sponge.jobs.ledger.FsckReport;
import dev.sponge.jobs.provenance.Lineage;
import dev.sponge.jobs.provenance.Lineage.Ancestor;
import dev.sponge.jobs.report.TextTable;
import java.util.List;
import java.util.OptionalInt;

/** The tools on Spark. */
final class SparkTools implements Tools {
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
}
