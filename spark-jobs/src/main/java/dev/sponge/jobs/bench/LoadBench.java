package dev.sponge.jobs.bench;

import ai.djl.ndarray.NDManager;
import dev.sponge.rl.model.CausalLm;
import dev.sponge.rl.model.HfModelDirectory;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.tensor.TorchEngine;
import java.util.LinkedHashMap;
import java.util.Map;

/** From files to a policy that can generate. */
public final class LoadBench {
  private LoadBench() {}

  /**
   * @return one line of JSON
   */
  public static String run(BenchSettings settings) {
    TorchEngine.start(settings.threads());
    double read = Double.MAX_VALUE;
    double prepare = Double.MAX_VALUE;
    long parameters = 0;
    for (int i = 0; i < settings.repeats(); i++) {
      try (NDManager manager = TorchEngine.newManager(settings.device())) {
        Stopwatch watch = Stopwatch.started();
        try (Weights weights = HfModelDirectory.load(settings.directory(), manager)) {
          read = Math.min(read, watch.seconds());
          parameters = weights.numParameters();
          Stopwatch second = Stopwatch.started();
          CausalLm.of(weights, settings.dtype(), manager).close();
          prepare = Math.min(prepare, second.seconds());
        }
      }
    }
    Map<String, Double> seconds = new LinkedHashMap<>();
    seconds.put("read", read);
    seconds.put("prepare", prepare);
    Map<String, Double> rates = Map.of("parameters_per_second", parameters / (read + prepare));
    return BenchResult.line("load", settings, Map.of("parameters", parameters), rates, seconds);
  }
}
