package dev.sponge.jobs.loop;

import dev.sponge.jobs.cli.StageContext;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.spark.SparkSessions;
import dev.sponge.jobs.table.Lakehouse;
import java.util.function.Function;
import org.apache.spark.sql.SparkSession;

/** The Spark session of one command. */
final class RunSession {
  private static final String SUBMITTED = "spark.master";

  private RunSession() {}

  /** Whether spark-submit started this process. */
  static boolean isSubmitted() {
    return System.getProperty(SUBMITTED) != null;
  }

  /** Under spark-submit the master is set; else everything runs in this process. */
  static SparkSession start(StageContext context) {
    return isSubmitted()
        ? SparkSessions.cluster()
        : SparkSessions.local(context.config().engine().workers(), context.work().resolve("spark"));
  }

  /** Runs a job over the context's work directory, in a session of its own. */
  static <T> T with(StageContext context, Function<RunContext, T> job) {
    SparkSession spark = start(context);
    try {
      return job.apply(
          new RunContext(
              context.work(),
              Lakehouse.open(spark, context.work()),
              context.config(),
              context.console()));
    } finally {
      spark.stop();
    }
  }
}
