package dev.sponge.jobs.loop;

import dev.sponge.jobs.cli.Sponge;
import dev.sponge.jobs.cli.StageContext;
import dev.sponge.jobs.cli.Tools;
import dev.sponge.jobs.provenance.Lineage;
import dev.sponge.jobs.provenance.Lineage.Ancestor;
import dev.sponge.jobs.report.TextTable;
import dev.sponge.jobs.table.Lakehouse;
import java.util.List;
import java.util.OptionalInt;
import org.apache.spark.sql.SparkSession;

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
}
