package dev.sponge.jobs.loop;

import dev.sponge.jobs.cli.StageContext;
import dev.sponge.jobs.cli.Stages;
import dev.sponge.jobs.cli.Tools;
import dev.sponge.jobs.config.RunConfig.Mode;
import dev.sponge.jobs.evaluation.EvaluateJob;
import dev.sponge.jobs.ledger.RunLease;
import dev.sponge.jobs.prepare.PrepareJob;
import dev.sponge.jobs.provenance.TimeTravel;
import dev.sponge.jobs.report.BeforeAfter;
import dev.sponge.jobs.report.Summary;
import dev.sponge.jobs.rollout.RolloutJob;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.run.Times;
import dev.sponge.jobs.spark.SparkSessions;
import dev.sponge.jobs.spark.SqlFunctions;
import dev.sponge.jobs.study.StudyJob;
import dev.sponge.jobs.study.StudyReport;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.training.BootstrapJob;
import dev.sponge.jobs.training.ExploreJob;
import dev.sponge.jobs.training.HistorySource;
import dev.sponge.jobs.training.OfflineHistory;
import dev.sponge.jobs.training.ReincarnateJob;
import dev.sponge.jobs.training.TrainJob;
import dev.sponge.rl.UserError;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The stages on Spark: local inside this process, or under spark-submit on a cluster. */
public final class SparkStages implements Stages {
  @Override
  public Outcome prepare(StageContext context) {
    return with(context, run -> outcome(new PrepareJob(run).run()));
  }

  @Override
  public Outcome bootstrap(StageContext context) {
    return with(
        context,
        run -> {
          if (state(run).isPresent()) {
            return Outcome.NOTHING_TO_DO;
          }
          new BootstrapJob(run).run();
          return Outcome.DONE;
        });
  }

  @Override
  public Outcome rollout(StageContext context) {
    return with(
        context,
        run -> {
          if (run.config().offline().isOn()) {
            run.console()
                .result(
                    "Run %s trains on stored rollouts of run %s (offline.run); none are generated."
                        .formatted(run.runId(), run.config().offline().run()));
            return Outcome.NOTHING_TO_DO;
          }
          RunState state = RunState.require(run.lakehouse(), run.runId());
          RolloutJob job = new RolloutJob(run);
          if (isFinished(run, state) || (!explores(run) && job.isDone(state))) {
            return Outcome.NOTHING_TO_DO;
          }
          requireReincarnation(run, state);
          Times clock = new Times();
          job.run(state, clock);
          if (explores(run)) {
            new ExploreJob(run).run(state, clock);
          }
          return Outcome.DONE;
        });
  }

  @Override
  public Outcome train(StageContext context) {
    return with(
        context,
        run -> {
          if (explores(run)) {
            throw new UserError(
                "run.mode = explore trains nothing; the next round is made by: sponge rollout --work DIR");
          }
          if (run.config().offline().isOn()) {
            return trainOffline(run);
          }
          RunState state = RunState.require(run.lakehouse(), run.runId());
          if (isFinished(run, state)) {
            return Outcome.NOTHING_TO_DO;
          }
          requireReincarnation(run, state);
          if (!new RolloutJob(run).isDone(state)) {
            throw new UserError(
                "Step %d of run \"%s\" has no verified rollouts of policy version %d; run: sponge rollout --work DIR"
                    .formatted(state.step(), run.runId(), state.step()));
          }
          new TrainJob(run).run(state, new Times());
          return Outcome.DONE;
        });
  }

  /** Version 0 is there already, in the other run or as a model, so it is no stage of its own. */
  private static Outcome trainOffline(RunContext run) {
    HistorySource.of(run).ifPresent(HistorySource::check);
    if (state(run).isEmpty()) {
      new BootstrapJob(run).run();
    }
    RunState state = RunState.require(run.lakehouse(), run.runId());
    if (isFinished(run, state) || state.step() >= new OfflineHistory(run).steps()) {
      return Outcome.NOTHING_TO_DO;
    }
    new TrainJob(run).run(state, new Times());
    return Outcome.DONE;
  }

  @Override
  public Outcome reincarnate(StageContext context) {
    return with(
        context,
        run -> {
          RunState state = RunState.require(run.lakehouse(), run.runId());
          ReincarnateJob job = new ReincarnateJob(run);
          if (!job.isDue(state)) {
            return Outcome.NOTHING_TO_DO;
          }
          job.run(state);
          return Outcome.DONE;
        });
  }

  @Override
  public Outcome evaluate(StageContext context) {
    return with(
        context,
        run -> {
          RunState state = RunState.require(run.lakehouse(), run.runId());
          EvaluateJob job = new EvaluateJob(run);
          Policy policy = evaluated(run, state);
          int samples = job.samples(policy.policyVersion());
          if (job.find(policy.policyVersion(), samples).isPresent()) {
            return Outcome.NOTHING_TO_DO;
          }
          var result = job.run(policy, samples);
          run.console()
              .result(
                  "policy version %d: pass@1 %.3f [%.3f, %.3f] greedy, %.3f sampled on %d problems"
                      .formatted(
                          policy.policyVersion(),
                          result.pass1Greedy(),
                          result.pass1GreedyLow(),
                          result.pass1GreedyHigh(),
                          result.pass1Sampled(),
                          result.problems()));
          return Outcome.DONE;
        });
  }

  @Override
  public Outcome run(StageContext context) {
    return with(
        context,
        run -> {
          ReMixLoop loop = new ReMixLoop(run);
          boolean done = loop.run();
          summarise(run, loop);
          return outcome(done);
        });
  }

  @Override
  public Outcome quickstart(StageContext context) {
    run(context);
    return Outcome.DONE;
  }

  @Override
  public Outcome study(StudyContext context) {
    SparkSession spark = studySession(context);
    try {
      StudyJob job =
          new StudyJob(
              context.study(),
              context.work(),
              context.out(),
              context.console(),
              spark,
              run -> RunLease.holding(run, () -> new ReMixLoop(run).run()));
      boolean done = !context.reportOnly() && job.run();
      new StudyReport(context.study(), job.curves()).write(context.out());
      return outcome(done || context.reportOnly());
    } finally {
      spark.stop();
    }
  }

  private static void summarise(RunContext run, ReMixLoop loop) {
    double seconds = ManagementFactory.getRuntimeMXBean().getUptime() / 1e3;
    Summary summary = new RunSummary(run).make(seconds, loop.times());
    summary.write(run.work());
    int problems = run.config().evaluation().problems();
    if (!explores(run)) {
      BeforeAfter.table(summary, problems).forEach(run.console()::result);
    }
    if (run.config().run().mode() == Mode.ASYNC) {
      run.console()
          .result(
              "%.0f s of rollouts hidden behind training".formatted(summary.seconds().hidden()));
    }
    run.console()
        .result(
            "%,d rollouts generated, %,d replayed, %.0f s; more in %s"
                .formatted(
                    summary.rolloutsGenerated(),
                    summary.rolloutsReplayed(),
                    seconds,
                    run.work().resolve(Summary.FILE_NAME)));
  }

  @Override
  public List<SqlResult> sql(StageContext context, SqlRequest request) {
    SparkSession spark = RunSession.start(context);
    try {
      SqlFunctions.register(spark);
      Lakehouse lakehouse = RunSession.lakehouse(spark, context);
      Lakehouse seen =
          request.step().isPresent()
              ? TimeTravel.to(lakehouse, context.config().run().name(), request.step().getAsInt())
              : lakehouse;
      return request.queries().stream().map(query -> result(seen, query, request.limit())).toList();
    } finally {
      spark.stop();
    }
  }

  private static SqlResult result(Lakehouse lakehouse, String query, int limit) {
    Dataset<Row> result = query(lakehouse, query);
    List<Row> rows = result.takeAsList(limit + 1);
    List<List<String>> cells = new ArrayList<>();
    for (Row row : rows.subList(0, Math.min(limit, rows.size()))) {
      List<String> line = new ArrayList<>();
      for (int i = 0; i < row.size(); i++) {
        line.add(row.isNullAt(i) ? "NULL" : String.valueOf(row.get(i)));
      }
      cells.add(line);
    }
    return new SqlResult(Arrays.asList(result.columns()), cells, rows.size() > limit);
  }

  private static Dataset<Row> query(Lakehouse lakehouse, String query) {
    try {
      return lakehouse.sql(query);
    } catch (Exception e) {
      // Spark throws the checked AnalysisException and ParseException without declaring them.
      if (e instanceof AnalysisException) {
        String message = e.getMessage().strip();
        throw new UserError("The query cannot run: " + message.lines().findFirst().orElse(""), e);
      }
      throw e;
    }
  }

  private static Optional<RunState> state(RunContext run) {
    return RunState.find(run.lakehouse(), run.runId());
  }

  private static Outcome outcome(boolean done) {
    return done ? Outcome.DONE : Outcome.NOTHING_TO_DO;
  }

  private static boolean explores(RunContext run) {
    return run.config().run().mode() == Mode.EXPLORE;
  }

  /** The newest policy; exploration never changes the weights of version 0. */
  private static Policy evaluated(RunContext run, RunState state) {
    return explores(run)
        ? run.lakehouse().policies().read(run.runId(), 0).orElse(state.policy())
        : state.policy();
  }

  private static boolean isFinished(RunContext run, RunState state) {
    return state.step() >= run.config().run().steps();
  }

  private static void requireReincarnation(RunContext run, RunState state) {
    if (new ReincarnateJob(run).isDue(state)) {
      throw new UserError(
          "Step %d of run \"%s\" is reincarnation.step: the base policy must change first; run: sponge reincarnate --work DIR"
              .formatted(state.step(), run.runId()));
    }
  }

  @Override
  public Tools tools() {
    return new SparkTools();
  }

  private static Outcome with(StageContext context, Function<RunContext, Outcome> stage) {
    return RunSession.with(
        context,
        run -> {
          state(run).ifPresent(state -> run.config().checkSameRun(state.policy().resolvedConfig()));
          return RunLease.holding(run, () -> stage.apply(run));
        });
  }

  /** Tasks of all runs together. */
  private static SparkSession studySession(StudyContext context) {
    if (RunSession.isSubmitted()) {
      return SparkSessions.cluster();
    }
    return SparkSessions.local(context.study().study().parallel(), context.work().resolve("spark"));
  }
}
