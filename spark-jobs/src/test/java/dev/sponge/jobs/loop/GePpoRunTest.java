package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.TrainStep;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** GePPO whose learning rate falls after every step. */
class GePpoRunTest {
  @TempDir Path directory;

  private RunContext open(String work, int steps) {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put("run.steps", "" + steps);
    keys.put("objective.loss", "geppo");
    keys.put("objective.geppo.adaptive_learning_rate", "true");
    keys.put("objective.geppo.tv_low", "0");
    keys.put("objective.geppo.tv_high", "1e-9");
    keys.put("evaluation.every", "100");
    return TinyRun.open(directory.resolve(work), keys);
  }

  private static Path checkpoint(RunContext run, int version) {
    Policy policy = run.lakehouse().policies().read(TinyRun.RUN, version).orElseThrow();
    return run.checkpoints().fetch(policy.checkpointUri());
  }

  @Test
  void aStoppedRunGoesOnWithTheLearningRateItHad() {
    RunContext whole = open("whole", 3);
    new ReMixLoop(whole).run();
    new ReMixLoop(open("parts", 2)).run();
    RunContext rest = open("parts", 3);
    new ReMixLoop(rest).run();
    for (String file : List.of("model.safetensors", "trainer/state.json")) {
      assertThat(checkpoint(rest, 3).resolve(file))
          .hasSameBinaryContentAs(checkpoint(whole, 3).resolve(file));
    }
    double[] rates =
        whole.lakehouse().trainSteps().read(TinyRun.RUN).stream()
            .map(TrainStep::metrics)
            .mapToDouble(metrics -> metrics.get("actor/lr"))
            .toArray();
    assertThat(rates[0]).isEqualTo(1e-3);
    assertThat(rates[1]).isLessThan(rates[0]);
    assertThat(rates[2]).isLessThan(rates[1]);
  }
}
