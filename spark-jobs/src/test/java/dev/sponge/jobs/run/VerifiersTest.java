package dev.sponge.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.run.Verifiers.Response;
import dev.sponge.jobs.table.Reward;
import dev.sponge.rl.UserError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VerifiersTest {
  @ParameterizedTest
  @ValueSource(strings = {"boxed-integer@1", "final-integer@1", "final-integer@1+format0.1"})
  void aKnownNameGivesTheVerifierOfThatName(String name) {
    assertThat(Verifiers.name(Verifiers.named(name))).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "boxed-integer",
        "boxed-integer@2",
        "final-integer@1+format0.10",
        "final-integer@1+format11.0",
        "@",
        ""
      })
  void anUnknownOneIsRefusedWithThoseThatAreKnown(String name) {
    assertThatThrownBy(() -> Verifiers.named(name))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("boxed-integer@1, final-integer@1")
        .hasMessageContaining("+format0.1");
  }

  @Test
  void withoutAGoldAnswerTheVerdictIsFailedAndNoZero() {
    Response response = new Response("r", "main", 3, "\\boxed{1}", false);
    Reward reward = Verifiers.judge(Verifiers.named("boxed-integer@1"), response, null);
    assertThat(reward.status()).isEqualTo(Reward.FAILED);
    assertThat(reward.reward()).isNull();
    assertThat(Verifiers.judge(Verifiers.named("boxed-integer@1"), response, "1").reward())
        .isEqualTo(1);
  }
}
