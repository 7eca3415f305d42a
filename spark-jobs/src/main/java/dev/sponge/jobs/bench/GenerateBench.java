package dev.sponge.jobs.bench;

import ai.djl.ndarray.NDManager;
import dev.sponge.jobs.plan.BenchMemory;
import dev.sponge.rl.generation.GenerationRequest;
import dev.sponge.rl.generation.Generator;
import dev.sponge.rl.generation.SamplingConfig;
import dev.sponge.rl.generation.StopRule;
import dev.sponge.rl.model.CausalLm;
import dev.sponge.rl.model.HfModelDirectory;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.tensor.TorchEngine;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Sampling at temperature 1 from random prompts, every row to its last token. */
public final class GenerateBench {
  private static final int NO_END = -1;
  private static final int WARM_UP_TOKENS = 4;

  private GenerateBench() {}

  /**
   * @param batch rows
   * @param prompt tokens of every prompt
   * @param tokens sampled in every row
   * @return one line of JSON
   */
  public static String run(BenchSettings settings, int batch, int prompt, int tokens) {
    TorchEngine.start(settings.threads());
    Stopwatch load = Stopwatch.started();
    try (NDManager manager = TorchEngine.newManager(settings.device())) {
      CausalLm model;
      try (Weights weights = HfModelDirectory.load(settings.directory(), manager)) {
        model = CausalLm.of(weights, settings.dtype(), manager);
      }
      double loadSeconds = load.seconds();
      Generator generator =
          new Generator(
              model, manager, new Generator.Limits(new int[] {NO_END}, 0, batch, StopRule.NEVER));
      List<GenerationRequest> requests = requests(batch, prompt, model.config().vocabSize());
      generator.generate(requests, new SamplingConfig(1, WARM_UP_TOKENS));
      double first = Double.MAX_VALUE;
      double all = Double.MAX_VALUE;
      for (int i = 0; i < settings.repeats(); i++) {
        first = Math.min(first, seconds(generator, requests, 1));
        all = Math.min(all, seconds(generator, requests, tokens));
      }
      Map<String, Double> seconds = new LinkedHashMap<>();
      seconds.put("load", loadSeconds);
      seconds.put("first_token", first);
      seconds.put("decode", all - first);
      seconds.put("total", all);
      Map<String, Number> sizes = sizes(batch, prompt, tokens);
      sizes.put(
          "planned_bytes",
          new BenchMemory(model.config(), settings.dtype(), settings.device().isGpu())
              .generation(batch, prompt, tokens));
      return BenchResult.line(
          "generate",
          settings,
          sizes,
          Map.of("tokens_per_second", batch * (double) tokens / all),
          seconds);
    }
  }

  private static Map<String, Number> sizes(int batch, int prompt, int tokens) {
    Map<String, Number> sizes = new LinkedHashMap<>();
    sizes.put("batch", batch);
    sizes.put("prompt", prompt);
    sizes.put("tokens", tokens);
    return sizes;
  }

  private static double seconds(Generator generator, List<GenerationRequest> requests, int tokens) {
    Stopwatch watch = Stopwatch.started();
    generator.generate(requests, new SamplingConfig(1, tokens));
    return watch.seconds();
  }

  private static List<GenerationRequest> requests(int batch, int prompt, int vocab) {
    Random random = new Random(1);
    List<GenerationRequest> requests = new ArrayList<>();
    for (int i = 0; i < batch; i++) {
      requests.add(new GenerationRequest(random.ints(prompt, 0, vocab).toArray(), new long[] {i}));
    }
    return requests;
  }
}
