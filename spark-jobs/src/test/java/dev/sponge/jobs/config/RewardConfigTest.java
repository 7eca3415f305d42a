package dev.sponge.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.rl.UserError;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RewardConfigTest {
  private static SpongeConfig load(String keys) {
    Map<String, String> overrides = new HashMap<>();
    Arrays.stream(keys.split(" ; ", -1))
        .map(key -> key.strip().split("=", 2))
        .forEach(pair -> overrides.put(pair[0], pair[1]));
    return SpongeConfig.load(Optional.empty(), overrides);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "reward.verifier=exact-match ; reward.exact_match.part=response",
        "reward.verifier=numeric ; reward.numeric.relative=0.01 ; reward.numeric.absolute=0.5",
        "reward.verifier=numeric ; reward.format_weight=0.1",
        "reward.verifier=http ; reward.http.url=http://localhost:8000/judge",
        "model.dir=m ; data.style=countdown ; reward.verifier=countdown",
        "model.dir=m ; data.style=countdown ; reward.verifier=http ; reward.http.url=http://h/",
        "model.dir=m ; data.style=linear ; data.levels=[1,2]",
        "model.dir=m ; data.style=linear ; reward.verifier=numeric",
        "model.dir=m ; data.sources=[mine] ; reward.verifier=multiple-choice",
        "model.dir=m ; data.sources=[mine] ; reward.verifier=countdown",
        "model.dir=m ; data.sources=[mine] ; reward.verifier=math ; reward.format_weight=0.1"
      })
  void whatGoesTogetherIsTaken(String keys) {
    assertThat(load(keys)).isNotNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "reward.verifier=maths | reward.verifier = maths is not available",
        "reward.numeric.relative=1.5 | reward.numeric.relative = 1.5",
        "reward.numeric.absolute=-1 | reward.numeric.absolute = -1",
        "reward.exact_match.part=end | use last-box, response",
        "reward.verifier=http | reward.http.url",
        "reward.http.url=http://h/ | reward.verifier = http or leave",
        "reward.verifier=http ; reward.http.url=localhost:8000 | reward.http.url = localhost:8000",
        "reward.verifier=http ; reward.http.url=http://u:p@h/ | without user name",
        "reward.verifier=http ; reward.http.url=http://a b/ | reward.http.url",
        "reward.http.version=a b | reward.http.version",
        "reward.http.timeout_seconds=0 | reward.http.timeout_seconds",
        "reward.http.concurrent=0 | reward.http.concurrent",
        "reward.http.retries=21 | reward.http.retries",
        "reward.http.back_off_seconds=31 | reward.http.back_off_seconds",
        "reward.http.failures_to_open=0 | reward.http.failures_to_open",
        "reward.http.open_seconds=-1 | reward.http.open_seconds",
        "reward.verifier=http ; reward.http.url=http://h/ ; reward.format_weight=0.1 | whole reward",
        "reward.verifier=exact-match ; reward.exact_match.part=response ; reward.format_weight=1 | no box",
        "reward.verifier=http ; reward.http.url=http://h/ ; rollout.refill_rounds=1 ; advantage.zero_variance_groups=drop | contradicts reward.verifier = http",
        "reward.verifier=countdown | cannot judge the problems of data.style = chain",
        "reward.verifier=multiple-choice | reward.verifier = multiple-choice cannot judge",
        "model.dir=m ; data.style=countdown | set reward.verifier = countdown",
        "model.dir=m ; data.style=countdown ; reward.verifier=numeric | expressions",
        "model.dir=m ; data.style=linear | fractions from level 3 on",
        "data.style=countdown ; reward.verifier=countdown | --model DIR",
        "data.style=linear ; reward.verifier=numeric | --model DIR"
      })
  void contradictionsAreRefusedWithTheKey(String keys, String message) {
    assertThatThrownBy(() -> load(keys))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(message);
  }

  @Test
  void onlyAServiceIsAskedSeveralAtOnce() {
    assertThat(SpongeConfig.defaults().reward().atOnce()).isEqualTo(1);
    String service = "reward.verifier=http ; reward.http.url=http://h/ ; reward.http.concurrent=3";
    assertThat(load(service).reward().atOnce()).isEqualTo(3);
  }

  @Test
  void defaultsAreThoseOfEarlierRuns() {
    RewardConfig reward = SpongeConfig.defaults().reward();
    assertThat(reward.verifier()).isEqualTo(RewardConfig.Verifier.BOXED_INTEGER);
    assertThat(reward.formatWeight()).isZero();
    assertThat(reward).isEqualTo(RewardConfig.of(Map.of()));
  }
}
