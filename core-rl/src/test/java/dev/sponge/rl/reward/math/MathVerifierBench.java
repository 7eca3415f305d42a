package dev.sponge.rl.reward.math;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Measures the math verifier on one core: verdicts a second on pairs of gold and response, one JSON
 * object a line, and the time of a verdict on hostile inputs, by the clock and of its thread alone.
 * Prints one JSON object. Its peer is bench_math_peer.py, which runs both.
 */
final class MathVerifierBench {
  private static final int WARM_UP_ROUNDS = 3;
  private static final long SHORTEST_NANOS = 3_000_000_000L;

  private MathVerifierBench() {}

  private record Pair(String gold, String response) {}

  /**
   * Measures.
   *
   * @param arguments the file of pairs, and a preset's label (math-verify if left out)
   */
  public static void main(String[] arguments) throws IOException {
    List<Pair> pairs =
        Files.readAllLines(Path.of(arguments[0]), StandardCharsets.UTF_8).stream()
            .map(line -> new Gson().fromJson(line, Pair.class))
            .toList();
    String label = arguments.length > 1 ? arguments[1] : Preset.MATH_VERIFY.label();
    Preset preset =
        Arrays.stream(Preset.values())
            .filter(p -> p.label().equals(label))
            .findFirst()
            .orElseThrow();
    MathVerifier verifier = MathVerifier.of(preset);
    JsonObject report = new JsonObject();
    report.addProperty("preset", label);
    report.addProperty("pairs", pairs.size());
    throughput(verifier, pairs, report);
    hostile(verifier, report);
    System.out.println(report);
  }

  private static long round(MathVerifier verifier, List<Pair> pairs, long[] nanos) {
    long equal = 0;
    for (int i = 0; i < pairs.size(); i++) {
      long begin = System.nanoTime();
      equal += verifier.verify(pairs.get(i).gold(), pairs.get(i).response()).equal() ? 1 : 0;
      nanos[i] = System.nanoTime() - begin;
    }
    return equal;
  }

  private static void throughput(MathVerifier verifier, List<Pair> pairs, JsonObject report) {
    long[] nanos = new long[pairs.size()];
    long first = System.nanoTime();
    round(verifier, pairs, nanos);
    report.addProperty("first_round_seconds", (System.nanoTime() - first) / 1e9);
    for (int i = 0; i < WARM_UP_ROUNDS; i++) {
      round(verifier, pairs, nanos);
    }
    long verdicts = 0;
    long equal = 0;
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < SHORTEST_NANOS) {
      equal = round(verifier, pairs, nanos);
      verdicts += pairs.size();
    }
    report.addProperty("verdicts_per_second", verdicts * 1e9 / (System.nanoTime() - begin));
    report.addProperty("equal", equal);
    percentiles("", nanos, report);
  }

  private static void hostile(MathVerifier verifier, JsonObject report) {
    List<String> inputs = HostileInputs.all();
    long[] nanos = new long[inputs.size()];
    long[] cpuNanos = new long[inputs.size()];
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    report.addProperty("hostile_inputs", inputs.size());
    for (int i = 0; i < inputs.size(); i++) {
      String response = "</think>" + inputs.get(i);
      long begin = System.nanoTime();
      long beginCpu = threads.getCurrentThreadCpuTime();
      verifier.verify(HostileInputs.GOLD, response);
      cpuNanos[i] = threads.getCurrentThreadCpuTime() - beginCpu;
      nanos[i] = System.nanoTime() - begin;
      if (nanos[i] > 50_000_000) {
        System.err.printf("%.3f s: %.60s%n", nanos[i] / 1e9, inputs.get(i));
      }
    }
    percentiles("hostile_", nanos, report);
    percentiles("hostile_cpu_", cpuNanos, report);
  }

  private static void percentiles(String prefix, long[] nanos, JsonObject report) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    report.addProperty(prefix + "median_ms", sorted[sorted.length / 2] / 1e6);
    int p99 = (int) Math.ceil(0.99 * sorted.length) - 1;
    report.addProperty(prefix + "p99_ms", sorted[p99] / 1e6);
    report.addProperty(prefix + "worst_ms", sorted[sorted.length - 1] / 1e6);
  }
}
