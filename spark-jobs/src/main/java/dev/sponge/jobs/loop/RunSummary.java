package dev.sponge.jobs.loop;

import dev.sponge.jobs.config.RunConfig.Mode;
import dev.sponge.jobs.report.PeakMemory;
import dev.sponge.jobs.report.Summary;
import dev.sponge.jobs.report.Summary.CurvePoint;
import dev.sponge.jobs.report.Summary.PassRates;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.Times;
import dev.sponge.jobs.table.Evaluation;
import dev.sponge.jobs.table.TrainStep;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Makes {@code summary.json} from the tables, so that a resumed run reports all of itself. */
final class RunSummary {
  private final RunContext run;
  private final List<TrainStep> steps;
  private final Map<Integer, Evaluation> evaluations = new TreeMap<>();

  RunSummary(RunContext run) {
    this.run = run;
    steps = run.lakehouse().trainSteps().read(run.runId());
    run.lakehouse().evaluations().read(run.runId()).stream()
        .filter(e -> e.ofTheRun() && e.benchmark().equals(run.config().evaluation().benchmark()))
        .sorted(Comparator.comparingInt(Evaluation::samples))
        .forEach(e -> evaluations.put(e.policyVersion(), e));
  }

  /**
   * @param totalSeconds wall-clock of this process
   * @param spent seconds of this process by stage
   */
  Summary make(double totalSeconds, Times spent) {
    return new Summary(
        run.runId(),
        run.config().run().algorithm().name().toLowerCase(Locale.ROOT).replace('_', '-'),
        run.config().run().seed(),
        rates(evaluations.get(0)),
        rates(last()),
        steps.size(),
        steps.stream().mapToLong(TrainStep::freshRollouts).sum(),
        steps.stream().mapToLong(TrainStep::replayedRollouts).sum(),
        Summary.overheadPerStep(seconds("total"), engineSeconds()),
        PeakMemory.rssBytes().orElse(0),
        new Summary.Seconds(
            totalSeconds,
            spent.get("bootstrap"),
            sum("rollout"),
            sum("verify"),
            sum("score"),
            sum("train"),
            sum("tables") + sum("load") + sum("save"),
            spent.get("evaluate"),
            sum(BackgroundRollouts.HIDDEN)),
        new Summary.TokensPerSecond(
            metric("data/fresh_tokens") / sum("generate"),
            metric("data/trained_tokens") / sum("train")),
        curve());
  }

  /** Of the last policy, which exploration leaves as it was. */
  private Evaluation last() {
    boolean explores = run.config().run().mode() == Mode.EXPLORE;
    return evaluations.get(explores ? 0 : steps.size());
  }

  private static PassRates rates(Evaluation evaluation) {
    if (evaluation == null) {
      return new PassRates(Double.NaN, Double.NaN, Double.NaN);
    }
    Double pass8 = evaluation.pass8Sampled();
    return new PassRates(
        evaluation.pass1Greedy(), evaluation.pass1Sampled(), pass8 == null ? Double.NaN : pass8);
  }

  private double[] seconds(String part) {
    return steps.stream().mapToDouble(s -> s.seconds().getOrDefault(part, 0.0)).toArray();
  }

  private double[] engineSeconds() {
    double[] engine = seconds("generate");
    for (String part : List.of("score", "train")) {
      double[] more = seconds(part);
      for (int i = 0; i < engine.length; i++) {
        engine[i] += more[i];
      }
    }
    double[] hidden = seconds(BackgroundRollouts.HIDDEN);
    for (int i = 0; i < engine.length; i++) {
      engine[i] -= hidden[i];
    }
    return engine;
  }

  private double sum(String part) {
    double sum = 0;
    for (double value : seconds(part)) {
      sum += value;
    }
    return sum;
  }

  private double metric(String name) {
    return steps.stream().mapToDouble(s -> s.metrics().getOrDefault(name, 0.0)).sum();
  }

  private List<CurvePoint> curve() {
    List<CurvePoint> curve = new ArrayList<>();
    for (Evaluation e : evaluations.values()) {
      int version = e.policyVersion();
      if (version > steps.size()) {
        continue;
      }
      long rollouts = steps.subList(0, version).stream().mapToLong(TrainStep::freshRollouts).sum();
      // The values of the step that made the version; the base policy has none yet.
      Map<String, Double> metrics = version == 0 ? Map.of() : steps.get(version - 1).metrics();
      curve.add(
          new CurvePoint(
              version,
              rollouts,
              e.pass1Greedy(),
              e.pass1Sampled(),
              e.responseLength(),
              e.reflectionRate(),
              e.entropy(),
              metrics.getOrDefault("actor/lambda", 1.0),
              metrics.getOrDefault("actor/kl_base", 0.0),
              metrics.getOrDefault("actor/kl_precedent", 0.0),
              metrics.getOrDefault("actor/pg_clipfrac", 0.0)));
    }
    return curve;
  }
}
