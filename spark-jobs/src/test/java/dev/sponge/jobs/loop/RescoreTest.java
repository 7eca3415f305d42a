package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpServer;
import dev.sponge.jobs.reuse.RescoreJob;
import dev.sponge.jobs.reuse.RescoreJob.Judged;
import dev.sponge.jobs.run.Verifiers;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.jobs.table.Reward;
import dev.sponge.jobs.table.RewardsTable.VerifierKey;
import dev.sponge.jobs.table.Rollout;
import dev.sponge.rl.UserError;
import dev.sponge.rl.reward.Verifier;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RescoreTest {
  private static final String VERIFIER = "final-integer@1+format0.1";
  private static final int VERSIONS = TinyRun.STEPS;

  @TempDir Path work;

  @Test
  void everyRolloutIsJudgedOnceAndEarlierVerdictsStay() throws IOException {
    Lakehouse lake = TinyRun.open(TinyRun.copyOfReference(work)).lakehouse();
    List<Rollout> rollouts = lake.rollouts().read(TinyRun.RUN, 0, VERSIONS);
    VerifierKey old = new VerifierKey("boxed-integer", "1");
    Map<String, Reward> before = lake.rewards().read(TinyRun.RUN, 0, VERSIONS, old);
    long tableVersion = lake.rewards().version();

    Judged judged = new RescoreJob(lake, VERIFIER).run(Optional.of(TinyRun.RUN));

    assertThat(judged).isEqualTo(new Judged(VERSIONS, rollouts.size()));
    assertThat(lake.rewards().version())
        .as("a commit a version")
        .isEqualTo(tableVersion + VERSIONS);
    assertThat(lake.rewards().read(TinyRun.RUN, 0, VERSIONS, old)).isEqualTo(before);
    Map<String, Reward> verdicts =
        lake.rewards()
            .read(TinyRun.RUN, 0, VERSIONS, new VerifierKey("final-integer", "1+format0.1"));
    Verifier verifier = Verifiers.named(VERIFIER);
    Map<String, String> answers =
        lake.prompts().read("train").stream()
            .collect(Collectors.toMap(Prompt::promptId, Prompt::answer));
    assertThat(verdicts).hasSameSizeAs(rollouts);
    for (Rollout rollout : rollouts) {
      boolean truncated = rollout.finishReason().equals("length");
      assertThat(verdicts.get(rollout.rolloutId()).reward())
          .isEqualTo(
              verifier
                  .verify(rollout.responseText(), answers.get(rollout.promptId()), truncated)
                  .reward());
    }
    assertThat(verdicts.values())
        .anyMatch(r -> !r.reward().equals(before.get(r.rolloutId()).reward()));

    assertThat(new RescoreJob(lake, VERIFIER).run(Optional.of(TinyRun.RUN)))
        .isEqualTo(new Judged(0, 0));
    assertThat(lake.rewards().version()).isEqualTo(tableVersion + VERSIONS);

    rescoredByAService(lake, rollouts);

    assertThatThrownBy(() -> new RescoreJob(lake, "final-integer@9"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("final-integer@1");
    assertThatThrownBy(() -> new RescoreJob(lake, VERIFIER).run(Optional.of("nobody")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("main");
    assertThat(lake.rewards().version()).isEqualTo(tableVersion + 2 * VERSIONS);
  }

  /** A service that judges texts of even length and breaks on the others. */
  private static void rescoredByAService(Lakehouse lake, List<Rollout> rollouts)
      throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String asked =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          String response =
              JsonParser.parseString(asked).getAsJsonObject().get("response").getAsString();
          boolean even = response.length() % 2 == 0;
          byte[] answer = "{\"reward\":0.25,\"correct\":true}".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(even ? 200 : 422, even ? answer.length : -1);
          if (even) {
            exchange.getResponseBody().write(answer);
          }
          exchange.close();
        });
    server.start();
    String version = "1+http://127.0.0.1:" + server.getAddress().getPort() + "/";
    try {
      new RescoreJob(lake, "http@" + version).run(Optional.of(TinyRun.RUN));
    } finally {
      server.stop(0);
    }
    Map<String, Reward> verdicts =
        lake.rewards().read(TinyRun.RUN, 0, VERSIONS, new VerifierKey("http", version));
    assertThat(verdicts).hasSameSizeAs(rollouts);
    for (Rollout rollout : rollouts) {
      Reward reward = verdicts.get(rollout.rolloutId());
      boolean even = rollout.responseText().length() % 2 == 0;
      assertThat(reward.status()).isEqualTo(even ? Reward.SCORED : Reward.FAILED);
      assertThat(reward.reward()).isEqualTo(even ? 0.25 : null);
    }
    assertThat(verdicts.values()).anyMatch(Reward::scored).anyMatch(reward -> !reward.scored());
  }
}
