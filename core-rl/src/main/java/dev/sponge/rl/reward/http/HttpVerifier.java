package dev.sponge.rl.reward.http;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import dev.sponge.rl.reward.Golds;
import dev.sponge.rl.reward.Verdict;
import dev.sponge.rl.reward.Verifier;
import java.io.IOException;
import java.io.StringReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks a service for the verdict. It is sent {@code {"response","gold","truncated"}} by POST
 * ({@code gold} is a string, or an array of strings where any of several will do) and answers with
 * status 200 and {@code {"reward","correct"}}, optionally {@code "format_ok"} (true if absent) and
 * {@code "detail"}; the reward is a number from -10^6 to 10^6.
 *
 * <p>Whatever goes wrong is a failed verdict with its reason. Timeouts, faults of the connection
 * and the status codes 408, 429 and 5xx are tried again; after too many failures in a row the
 * service is left alone for a while. Unlike all other verifiers this one is not deterministic by
 * nature: verdicts are as reproducible as the service, and its version is what the user calls it.
 */
public final class HttpVerifier implements Verifier {
  private static final double LARGEST_REWARD = 1e6;
  private static final int LARGEST_ANSWER = 64 << 10;
  private static final int LONGEST_DETAIL = 200;
  private static final Duration LONGEST_BACK_OFF = Duration.ofSeconds(30);
  private static final int OK = 200;
  private static final Set<Integer> TRANSIENT = Set.of(408, 429);

  /** The service says that it cannot judge this input, which tells nothing about the next. */
  private static final Set<Integer> OF_THIS_INPUT = Set.of(400, 413, 422);

  private final HttpSettings settings;
  private final CircuitBreaker breaker;

  public HttpVerifier(HttpSettings settings) {
    this.settings = settings;
    breaker = new CircuitBreaker(settings.failuresToOpen(), settings.openFor(), System::nanoTime);
  }

  /** One client a process: it has threads of its own. */
  private static final class Shared {
    static final HttpClient CLIENT =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  /** What came of one try. */
  private sealed interface Reply {}

  private record Judged(Verdict verdict) implements Reply {}

  /**
   * @param ofService whether the service is at fault rather than this input
   */
  private record Fault(String reason, boolean ofService, boolean retry) implements Reply {
    static Fault lasting(String reason) {
      return new Fault(reason, true, false);
    }

    static Fault passing(String reason) {
      return new Fault(reason, true, true);
    }
  }

  @Override
  public String id() {
    return "http";
  }

  @Override
  public String version() {
    return settings.version() + "+" + settings.url();
  }

  @Override
  public Verdict verify(String response, String goldAnswer, boolean truncated) {
    if (response == null || goldAnswer == null) {
      return Verdict.failed(response == null ? "no response" : "no gold answer");
    }
    HttpRequest request = request(response, goldAnswer, truncated);
    String reason = "";
    for (int attempt = 0; attempt <= settings.retries(); attempt++) {
      if (attempt > 0 && !waited(attempt)) {
        return Verdict.failed("interrupted");
      }
      if (!breaker.permits()) {
        return Verdict.failed(
            "service left alone after %d failures in a row%s"
                .formatted(settings.failuresToOpen(), reason.isEmpty() ? "" : ": " + reason));
      }
      Reply reply = ask(request);
      if (reply instanceof Judged judged) {
        breaker.succeeded();
        return judged.verdict();
      }
      Fault fault = (Fault) reply;
      reason = fault.reason();
      if (fault.ofService()) {
        breaker.failed();
      } else {
        breaker.succeeded();
      }
      if (!fault.retry()) {
        break;
      }
    }
    return Verdict.failed(reason);
  }

  private HttpRequest request(String response, String goldAnswer, boolean truncated) {
    JsonObject body = new JsonObject();
    body.addProperty("response", response);
    List<String> golds = Golds.of(goldAnswer);
    if (golds.size() == 1) {
      body.addProperty("gold", golds.get(0));
    } else {
      JsonArray array = new JsonArray();
      golds.forEach(array::add);
      body.add("gold", array);
    }
    body.addProperty("truncated", truncated);
    return HttpRequest.newBuilder(settings.url())
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(new Gson().toJson(body), StandardCharsets.UTF_8))
        .build();
  }

  /** Waits before a further try; false if interrupted. */
  private boolean waited(int attempt) {
    Duration doubled = settings.backOff().multipliedBy(1L << Math.min(attempt - 1, 20));
    Duration wait = doubled.compareTo(LONGEST_BACK_OFF) < 0 ? doubled : LONGEST_BACK_OFF;
    try {
      TimeUnit.NANOSECONDS.sleep(wait.toNanos());
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private Reply ask(HttpRequest request) {
    CompletableFuture<HttpResponse<byte[]>> exchange =
        Shared.CLIENT.sendAsync(request, info -> new LimitedBody(LARGEST_ANSWER));
    try {
      HttpResponse<byte[]> answer =
          exchange.get(settings.timeout().toNanos(), TimeUnit.NANOSECONDS);
      return answer.statusCode() == OK
          ? judged(new String(answer.body(), StandardCharsets.UTF_8))
          : refused(answer.statusCode());
    } catch (TimeoutException e) {
      return Fault.passing("no answer within " + settings.timeout().toMillis() + " ms");
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      String message = cause.getMessage() == null ? "" : ": " + cause.getMessage();
      return Fault.passing(shortened(cause.getClass().getSimpleName() + message));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Fault.lasting("interrupted");
    } finally {
      exchange.cancel(true);
    }
  }

  private static Fault refused(int status) {
    String reason = "status " + status;
    if (status >= 500 || TRANSIENT.contains(status)) {
      return Fault.passing(reason);
    }
    return new Fault(reason, !OF_THIS_INPUT.contains(status), false);
  }

  private static Reply judged(String text) {
    JsonObject answer;
    try (JsonReader reader = new JsonReader(new StringReader(text))) {
      reader.setStrictness(Strictness.STRICT);
      JsonElement element = JsonParser.parseReader(reader);
      if (!element.isJsonObject() || reader.peek() != JsonToken.END_DOCUMENT) {
        return Fault.lasting("the answer is no JSON object: " + shortened(text));
      }
      answer = element.getAsJsonObject();
    } catch (IOException | JsonParseException e) {
      return Fault.lasting("the answer is no JSON: " + shortened(text));
    }
    if (!(answer.get("reward") instanceof JsonPrimitive reward)
        || !reward.isNumber()
        || !(Math.abs(reward.getAsDouble()) <= LARGEST_REWARD)) {
      return Fault.lasting("the answer has no \"reward\" from -10^6 to 10^6: " + shortened(text));
    }
    if (!(answer.get("correct") instanceof JsonPrimitive correct) || !correct.isBoolean()) {
      return Fault.lasting("the answer has no \"correct\", true or false: " + shortened(text));
    }
    JsonElement format =
        answer.has("format_ok") ? answer.get("format_ok") : new JsonPrimitive(true);
    if (!(format instanceof JsonPrimitive formatOk) || !formatOk.isBoolean()) {
      return Fault.lasting("the answer's \"format_ok\" is not true or false: " + shortened(text));
    }
    String detail =
        answer.get("detail") instanceof JsonPrimitive given ? given.getAsString() : "judged";
    return new Judged(
        Verdict.scored(
            reward.getAsDouble(),
            correct.getAsBoolean(),
            formatOk.getAsBoolean(),
            shortened(detail)));
  }

  private static String shortened(String text) {
    return text.length() <= LONGEST_DETAIL ? text : text.substring(0, LONGEST_DETAIL) + "...";
  }
}
