package dev.sponge.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.config.Choice;
import dev.sponge.jobs.config.RewardConfig;
import dev.sponge.jobs.run.Verifiers.Response;
import dev.sponge.jobs.table.Reward;
import dev.sponge.rl.UserError;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class VerifiersTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "boxed-integer@1",
        "final-integer@1",
        "final-integer@1+format0.1",
        "math@1",
        "math@1+format0.1",
        "math-verify@1",
        "deepscaler@1",
        "exact-match@1",
        "exact-match@1+response",
        "exact-match@1+format2.0",
        "multiple-choice@1+format1.0E-4",
        "numeric@1+relative1.0E-6+absolute0.0",
        "numeric@1+relative0.05+absolute0.5+format0.1",
        "countdown@1",
        "countdown@1+subset+format0.1",
        "http@1+http://localhost:8000/judge",
        "http@v2-b+https://host/a+b?c=1"
      })
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
        "final-integer@1+subset",
        "boxed-integer@1+format0.1",
        "exact-match@1+response+format0.1",
        "numeric@1",
        "numeric@1+relative2.0+absolute0.0",
        "numeric@1+absolute0.0+relative0.1",
        "countdown@2",
        "http@1",
        "http@1+ftp://host/",
        "http@1+http://me:secret@host/",
        "@",
        ""
      })
  void anUnknownOneIsRefusedWithThoseThatAreKnown(String name) {
    assertThatThrownBy(() -> Verifiers.named(name))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("boxed-integer@1, final-integer@1")
        .hasMessageContaining("+format0.1");
  }

  @ParameterizedTest
  @EnumSource(RewardConfig.Verifier.class)
  void whatIsConfiguredIsFoundByItsNameAndTravelsToTasks(RewardConfig.Verifier kind)
      throws IOException, ClassNotFoundException {
    Map<String, String> keys = new HashMap<>(Map.of("reward.verifier", Choice.keyOf(kind)));
    if (kind == RewardConfig.Verifier.HTTP) {
      keys.put("reward.http.url", "http://localhost:1/");
    }
    RewardConfig reward = RewardConfig.of(keys);
    String name = Verifiers.name(Verifiers.of(reward));
    assertThat(name).startsWith(Choice.keyOf(kind) + "@1");
    assertThat(Verifiers.name(Verifiers.named(name))).isEqualTo(name);

    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(reward);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject()).isEqualTo(reward);
    }
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
