package dev.sponge.jobs.study;

import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.Evaluation;
import dev.sponge.jobs.table.TrainStep;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads the points of a curve from the tables of its run. */
final class CurveReader {
  /** Timings stand in {@link Curve.Point#seconds} and would differ between equal runs. */
  private static final String TIMINGS = "timing_s/";

  private CurveReader() {}

  static List<Curve.Point> points(RunContext run) {
    List<TrainStep> steps = run.lakehouse().trainSteps().read(run.runId());
    Map<Integer, Evaluation> evaluations = new TreeMap<>();
    run.lakehouse().evaluations().read(run.runId()).stream()
        .filter(e -> e.ofTheRun() && e.benchmark().equals(run.config().evaluation().benchmark()))
        .sorted(Comparator.comparingInt(Evaluation::samples))
        .forEach(e -> evaluations.put(e.policyVersion(), e));
    List<Curve.Point> points = new ArrayList<>();
    for (Evaluation evaluation : evaluations.values()) {
      int version = evaluation.policyVersion();
      if (version <= steps.size()) {
        points.add(point(evaluation, steps.subList(0, version)));
      }
    }
    return points;
  }

  private static Curve.Point point(Evaluation evaluation, List<TrainStep> before) {
    Map<String, Double> metrics = new TreeMap<>();
    if (!before.isEmpty()) {
      before
          .get(before.size() - 1)
          .metrics()
          .forEach(
              (name, value) -> {
                if (!name.startsWith(TIMINGS) && Double.isFinite(value)) {
                  metrics.put(name, value);
                }
              });
    }
    metrics.put(Curve.Point.GREEDY, evaluation.pass1Greedy());
    metrics.put(Curve.Point.SAMPLED, evaluation.pass1Sampled());
    metrics.put(Curve.Point.ENTROPY, evaluation.entropy());
    metrics.put(Curve.Point.LENGTH, evaluation.responseLength());
    metrics.put(Curve.Point.REFLECTION, evaluation.reflectionRate());
    if (evaluation.pass8Sampled() != null) {
      metrics.put(Curve.Point.PASS8, evaluation.pass8Sampled());
    }
    return new Curve.Point(
        before.size(),
        before.stream().mapToLong(TrainStep::freshRollouts).sum(),
        before.stream().mapToLong(TrainStep::replayedRollouts).sum(),
        before.stream().mapToDouble(step -> step.seconds().getOrDefault("total", 0.0)).sum(),
        metrics);
  }
}
