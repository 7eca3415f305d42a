package dev.sponge.rl.reward.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.sponge.rl.reward.RewardStatus;
import dev.sponge.rl.reward.Verdict;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class HttpVerifierTest {
  private static final String RIGHT = "{\"reward\":0.5,\"correct\":true,\"detail\":\"fine\"}";

  private HttpServer server;
  private ExecutorService threads;
  private final AtomicInteger calls = new AtomicInteger();
  private final CountDownLatch end = new CountDownLatch(1);
  private volatile Behaviour behaviour = (exchange, call) -> answer(exchange, 200, RIGHT);

  private interface Behaviour {
    void on(HttpExchange exchange, int call) throws IOException;
  }

  @BeforeEach
  void start() throws IOException {
    threads = Executors.newCachedThreadPool();
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/judge", exchange -> behaviour.on(exchange, calls.incrementAndGet()));
    server.start();
  }

  @AfterEach
  void stop() {
    end.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/judge");
  }

  private HttpVerifier verifier(
      Duration timeout, int retries, int failuresToOpen, Duration openFor) {
    return new HttpVerifier(
        new HttpSettings(
            url(), "7", timeout, retries, Duration.ofMillis(5), failuresToOpen, openFor));
  }

  private HttpVerifier patient(int retries) {
    return verifier(Duration.ofSeconds(20), retries, 1_000, Duration.ofSeconds(60));
  }

  private static void assertFailed(Verdict verdict, String reason) {
    assertThat(verdict.status()).isEqualTo(RewardStatus.FAILED);
    assertThat(verdict.reward()).isNaN();
    assertThat(verdict.detail()).contains(reason);
  }

  @Test
  void theServiceSeesThePairAndItsVerdictCounts() {
    StringBuilder seen = new StringBuilder();
    behaviour =
        (exchange, call) -> {
          seen.append(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          answer(exchange, 200, RIGHT);
        };

    Verdict verdict = patient(0).verify("\"é\"\n\\boxed{1}", "[\"1\",\"2\"]", true);

    assertThat(verdict).isEqualTo(Verdict.scored(0.5, true, true, "fine"));
    JsonObject body = JsonParser.parseString(seen.toString()).getAsJsonObject();
    assertThat(body.keySet()).containsExactly("response", "gold", "truncated");
    assertThat(body.get("response").getAsString()).isEqualTo("\"é\"\n\\boxed{1}");
    assertThat(body.get("gold").toString()).isEqualTo("[\"1\",\"2\"]");
    assertThat(body.get("truncated").getAsBoolean()).isTrue();
    assertThat(patient(0).version()).isEqualTo("7+" + url());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "garbage",
        "",
        "[]",
        "{}",
        "{\"reward\":1}",
        "{\"reward\":\"1\",\"correct\":true}",
        "{\"reward\":NaN,\"correct\":true}",
        "{\"reward\":1e7,\"correct\":true}",
        "{\"reward\":1,\"correct\":1}",
        "{\"reward\":1,\"correct\":true,\"format_ok\":\"yes\"}",
        "{\"reward\":1,\"correct\":true} and more"
      })
  void anAnswerOfAnotherFormFailsAndIsNotAskedAgain(String body) {
    behaviour = (exchange, call) -> answer(exchange, 200, body);
    assertFailed(patient(3).verify("r", "g", false), "answer");
    assertThat(calls).hasValue(1);
  }

  @Test
  void anEndlessAnswerIsCutOff() {
    behaviour =
        (exchange, call) -> {
          exchange.sendResponseHeaders(200, 0);
          byte[] piece = new byte[8_192];
          while (true) {
            exchange.getResponseBody().write(piece); // ends when the client hangs up
          }
        };
    assertFailed(patient(0).verify("r", "g", false), "above 65536 bytes");
  }

  @Test
  void transientFaultsAreTriedAgainAndLastingOnesAreNot() {
    behaviour = (exchange, call) -> answer(exchange, call < 3 ? 503 : 200, call < 3 ? "" : RIGHT);
    assertThat(patient(2).verify("r", "g", false).reward()).isEqualTo(0.5);
    assertThat(calls).hasValue(3);
    calls.set(0);
    assertFailed(patient(1).verify("r", "g", false), "status 503");
    assertThat(calls).hasValue(2);
    calls.set(0);
    behaviour = (exchange, call) -> answer(exchange, 404, "");
    assertFailed(patient(5).verify("r", "g", false), "status 404");
    assertThat(calls).hasValue(1);
  }

  @Test
  void aSlowServiceFailsInTime() {
    behaviour =
        (exchange, call) -> {
          try {
            end.await();
          } catch (InterruptedException e) {
            exchange.close();
          }
        };
    long start = System.nanoTime();
    Verdict verdict =
        verifier(Duration.ofMillis(150), 1, 10, Duration.ofSeconds(60)).verify("r", "g", false);
    assertFailed(verdict, "no answer within 150 ms");
    assertThat(calls).hasValue(2);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
  }

  @Test
  void aDripOfBytesIsNoAnswerEither() {
    behaviour =
        (exchange, call) -> {
          exchange.sendResponseHeaders(200, 0);
          try {
            for (int i = 0;
                i < 1_000 && !end.await(20, java.util.concurrent.TimeUnit.MILLISECONDS);
                i++) {
              exchange.getResponseBody().write(' ');
              exchange.getResponseBody().flush();
            }
          } catch (InterruptedException e) {
            exchange.close();
          }
        };
    assertFailed(
        verifier(Duration.ofMillis(150), 0, 10, Duration.ofSeconds(60)).verify("r", "g", false),
        "no answer within");
  }

  @Test
  void aServiceThatIsNotThereFails() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    HttpSettings nowhere =
        new HttpSettings(
            URI.create("http://127.0.0.1:" + port + "/"),
            "1",
            Duration.ofSeconds(20),
            1,
            Duration.ofMillis(1),
            10,
            Duration.ofSeconds(60));
    assertFailed(new HttpVerifier(nowhere).verify("r", "g", false), "ConnectException");
    assertFailed(new HttpVerifier(nowhere).verify(null, "g", false), "no response");
    assertFailed(new HttpVerifier(nowhere).verify("r", null, false), "no gold");
  }

  @Test
  void aBrokenServiceIsLeftAloneUntilItRecovers() throws InterruptedException {
    behaviour = (exchange, call) -> answer(exchange, 500, "");
    Duration openFor = Duration.ofMillis(400);
    HttpVerifier verifier = verifier(Duration.ofSeconds(20), 0, 3, openFor);
    for (int i = 0; i < 3; i++) {
      assertFailed(verifier.verify("r", "g", false), "status 500");
    }
    for (int i = 0; i < 20; i++) {
      assertFailed(verifier.verify("r", "g", false), "left alone after 3 failures");
    }
    assertThat(calls).as("open: nothing is sent").hasValue(3);

    behaviour = (exchange, call) -> answer(exchange, 200, RIGHT);
    Thread.sleep(openFor.toMillis() + 50);
    assertThat(verifier.verify("r", "g", false).status()).isEqualTo(RewardStatus.SCORED);
    assertThat(verifier.verify("r", "g", false).status()).isEqualTo(RewardStatus.SCORED);
  }

  @Test
  void anInputThatIsRefusedDoesNotCloseTheService() {
    behaviour = (exchange, call) -> answer(exchange, 422, "");
    HttpVerifier verifier = verifier(Duration.ofSeconds(20), 0, 2, Duration.ofSeconds(60));
    for (int i = 0; i < 5; i++) {
      assertFailed(verifier.verify("r", "g", false), "status 422");
    }
    assertThat(calls).hasValue(5);
  }

  @Test
  void manyThreadsMayAsk() {
    behaviour =
        (exchange, call) -> {
          String asked =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          String gold = JsonParser.parseString(asked).getAsJsonObject().get("gold").getAsString();
          answer(exchange, 200, "{\"reward\":" + gold + ",\"correct\":false}");
        };
    HttpVerifier verifier = patient(0);
    List<Double> rewards =
        IntStream.range(0, 100)
            .parallel()
            .mapToObj(i -> verifier.verify("r", Integer.toString(i), false).reward())
            .toList();
    assertThat(rewards).isEqualTo(IntStream.range(0, 100).mapToObj(i -> (double) i).toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"ftp://host/", "http:///x", "http://me:secret@host/", "judge"})
  void addressesThatAreNoneAreRefused(String url) {
    assertThatThrownBy(
            () ->
                new HttpSettings(
                    URI.create(url),
                    "1",
                    Duration.ofSeconds(1),
                    0,
                    Duration.ZERO,
                    1,
                    Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
