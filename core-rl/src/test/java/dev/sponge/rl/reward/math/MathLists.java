package dev.sponge.rl.reward.math;

import com.google.gson.Gson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The committed lists of answers. */
final class MathLists {
  private MathLists() {}

  /**
   * A gold answer and what a model may write.
   *
   * @param kind of answer
   * @param answer alone
   * @param response around the answer
   * @param expected whether they are equal, adjudicated by hand
   * @param mathVerify what math-verify says; see make_math_pairs.py
   * @param reason why that is not what is expected; null if it is
   */
  record Pair(
      String kind,
      String gold,
      String answer,
      String response,
      boolean expected,
      boolean mathVerify,
      String reason) {}

  /**
   * A response that no reward may accept.
   *
   * @param why what it tries
   */
  record Hack(String gold, String response, String why) {}

  static List<Pair> pairs() {
    return lines("/math/pairs.jsonl", Pair.class);
  }

  static List<Hack> hacks() {
    return lines("/math/adversarial.jsonl", Hack.class);
  }

  private static <T> List<T> lines(String resource, Class<T> type) {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                MathLists.class.getResourceAsStream(resource), StandardCharsets.UTF_8))) {
      Gson gson = new Gson();
      return reader.lines().map(line -> gson.fromJson(line, type)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
