package dev.sponge.jobs.study;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.config.SpongeConfig;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Finished runs of a study are found again by these hashes: a new key must not change them. */
class StudyHashTest {
  private static String hash(Map<String, String> keys) {
    return StudyJob.hash(SpongeConfig.load(Optional.empty(), keys).effective());
  }

  @Test
  void configurationsOfFinishedStudiesKeepTheirHash() {
    assertThat(hash(Map.of("history.share", "0.6", "run.seed", "3"))).isEqualTo("a8041170b99bfad6");
    assertThat(hash(Map.of("run.algorithm", "grpo"))).isEqualTo("e3a7a931defb6a4e");
  }

  @Test
  void anotherWayToFindTheShareIsAnotherRun() {
    assertThat(hash(Map.of("history.share", "auto"))).isNotEqualTo(hash(Map.of()));
  }
}
