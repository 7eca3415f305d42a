package dev.sponge.jobs.loop;

import dev.sponge.jobs.cli.StageContext;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.spark.SparkSessions;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.util.function.Function;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
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

  /** Opens the tables of the context's work directory. */
  static Lakehouse lakehouse(SparkSession spark, StageContext context) {
    return Lakehouse.open(spark, root(spark, context));
  }

  /**
   * The URI of the work directory, on a file system that can be reached.
   *
   * @throws UserError if it cannot, or if tables must be there and are not
   */
  static String root(SparkSession spark, StageContext context) {
    String root = context.place().root();
    Path tables = new Path(root, "tables");
    boolean usable;
    try {
      FileSystem files = tables.getFileSystem(spark.sessionState().newHadoopConf());
      usable = !context.place().existing() || files.exists(tables);
    } catch (IOException | RuntimeException e) {
      // Hadoop wraps a class that is not there into a RuntimeException.
      throw new UserError(
          ("--work %s cannot be reached (%s). Put the library of its file system on the classpath"
                  + " (SPONGE_CLASSPATH; for s3a hadoop-aws, for abfss hadoop-azure), give its"
                  + " settings as -Dspark.hadoop.KEY=VALUE in SPONGE_JAVA_OPTS, or use another --work.")
              .formatted(root, e.getMessage()),
          e);
    }
    if (!usable) {
      throw new UserError(
          "The work directory "
              + root
              + " holds no tables; name the right one with --work, or begin with sponge prepare.");
    }
    return root;
  }

  /** Runs a job over the context's work directory, in a session of its own. */
  static <T> T with(StageContext context, Function<RunContext, T> job) {
    SparkSession spark = start(context);
    try {
      return job.apply(
          new RunContext(
              context.work(), lakehouse(spark, context), context.config(), context.console()));
    } finally {
      spark.stop();
    }
  }
}
