package dev.sponge.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.config.SpongeConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RunPlanTest {
  private static double rate(int step, String... keys) {
    Map<String, String> config = new LinkedHashMap<>();
    config.put("training.learning_rate", "2e-4");
    config.put("reincarnation.step", "5");
    for (int i = 0; i < keys.length; i += 2) {
      config.put(keys[i], keys[i + 1]);
    }
    return RunPlan.optimizer(SpongeConfig.load(Optional.empty(), config), step)
        .learningRate()
        .at(1_000);
  }

  @Test
  void phaseTwoHasTheRateOfPhaseOneUnlessItIsGivenAnother() {
    assertThat(rate(5)).isEqualTo(2e-4);
    assertThat(rate(4, "reincarnation.learning_rate", "7e-4")).isEqualTo(2e-4);
    assertThat(rate(5, "reincarnation.learning_rate", "7e-4")).isEqualTo(7e-4);
  }

  @Test
  void aRunThatNeverReincarnatesHasNoPhaseTwo() {
    assertThat(rate(50, "reincarnation.learning_rate", "7e-4", "reincarnation.step", "0"))
        .isEqualTo(2e-4);
  }
}
