package dev.sponge.jobs.study;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Curves for tests. */
final class Curves {
  private Curves() {}

  /** Points 100 rollouts and 10 seconds apart, from 0 on. */
  static Curve of(String variant, int seed, double... sampled) {
    return of(variant, seed, 100, sampled);
  }

  static Curve of(String variant, int seed, int rollouts, double[] sampled) {
    List<Curve.Point> points = new ArrayList<>();
    for (int i = 0; i < sampled.length; i++) {
      points.add(
          new Curve.Point(
              i,
              (long) rollouts * i,
              0,
              10.0 * i,
              Map.of(Curve.Point.SAMPLED, sampled[i], Curve.Point.PASS8, .9)));
    }
    return new Curve("test", variant, seed, "hash", "", points);
  }
}
