package dev.sponge.rl.reward.math;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Hostile answers on the stack of a Spark task: no error escapes, and none takes a second. */
class BoundsTest {
  private static final long STACK = 1 << 20;
  private static final double SECOND = 1e9;

  private static Map<String, String> hostile() {
    Map<String, String> texts = new LinkedHashMap<>();
    for (String part :
        List.of(
            "(",
            "[",
            "{",
            "|",
            "\\{",
            "\\sqrt{",
            "\\frac{1}{",
            "2^{",
            "x_{",
            "\\text{a",
            "\\begin{pmatrix}",
            "\\lfloor",
            "\\log",
            "f(",
            "\\dot{",
            "\\left(",
            "\\sum_{i=1}^{n}",
            "\\int",
            "-",
            "+-",
            "-+*/",
            "x+",
            "2^",
            "!",
            "'",
            "%",
            "_",
            ",",
            "1,",
            "=",
            "x=",
            "1<",
            "x\\in",
            "\\pm 1",
            "$",
            "\\\\",
            "\\",
            "9",
            "9^",
            "1/",
            "1:",
            "(1,2)\\cup",
            "A\\cup B\\setminus ",
            "word ",
            "\\boxed{",
            "^\\circ",
            "\\%",
            "\\text{or}",
            "\ud800",
            "\0")) {
      texts.put("long " + part, part.repeat(100_000 / part.length()));
      texts.put("short " + part, part.repeat(4000 / part.length()));
      texts.put("half " + part, part.repeat(29) + "1");
    }
    texts.put("nested", "(".repeat(50_000) + "1" + ")".repeat(50_000));
    texts.put("nested within the length", "(".repeat(2000) + "1" + ")".repeat(2000));
    texts.put("nested powers of factorials", "(((((((((((3!!)!)!)!)!)!)!)!)!)!)!)!");
    for (String power :
        List.of(
            "10^{10^{10}}",
            "9^9^9^9",
            "9^{9^{9^{9^9}}}",
            "2^{2^{2^{2^{2^2}}}}",
            "(100000!)!",
            "((3!)!)!",
            "2500!",
            "\\binom{10^6}{5\\cdot 10^5}",
            "\\binom{10^{100}}{3}",
            "(x+y+z)^{200}",
            "(x+y+z)^{200}+1",
            "1e99999",
            "1e-99999",
            "1e999999999",
            "\\sqrt[1000]{2^{39000}}",
            "\\sqrt[x]{x}^{x^x}",
            "x^{x^{x^x}}",
            "n!^{n!}",
            "0^{-1}",
            "\\frac{1}{0}",
            "\\tan 90^\\circ",
            "\\log 0")) {
      texts.put(power, power);
    }
    texts.put("sum of factorials", "2500!+".repeat(500) + "1");
    texts.put(
        "sum of fractions",
        "\\frac{12345678901234567890123}{98765432109876543210987}+".repeat(70) + "1");
    texts.put("powers of sums", "(x+1)^{99}".repeat(300));
    texts.put("set of roots", "\\{" + "\\sqrt{2}x,".repeat(390) + "1\\}");
    return texts;
  }

  private record Slow(String what, double seconds) {}

  @Test
  void endsInTimeOnAThreadOfOneMegabyte() throws InterruptedException {
    List<Slow> slow = new ArrayList<>();
    AtomicReference<Throwable> escaped = new AtomicReference<>();
    Thread thread = new Thread(null, () -> run(slow), "bounds", STACK);
    thread.setUncaughtExceptionHandler((where, error) -> escaped.set(error));
    thread.start();
    thread.join();
    assertThat(escaped.get()).isNull();
    assertThat(slow).isEmpty();
  }

  private static void run(List<Slow> slow) {
    VerifyOptions roomy =
        new VerifyOptions(
            6,
            true,
            true,
            true,
            true,
            Units.ANY,
            new Limits(200_000, 60, 3000, 40_000, 2500, 30_000_000));
    Map<String, Answer> answers = new LinkedHashMap<>();
    hostile()
        .forEach(
            (name, text) -> {
              for (VerifyOptions options : List.of(VerifyOptions.STANDARD, roomy)) {
                long start = System.nanoTime();
                if (AnswerParser.parse(text, options) instanceof ParseResult.Parsed parsed) {
                  answers.put(name, parsed.answer());
                }
                note(slow, name, start);
              }
            });
    List<Answer> others =
        List.of(
            Answers.parsed("5"),
            Answers.parsed("x^2+\\sqrt{y}"),
            Answers.parsed("\\{1,2\\}"),
            Answers.parsed("x=n!"));
    List<Answer> all = new ArrayList<>(others);
    all.addAll(answers.values());
    answers.forEach(
        (name, answer) -> {
          for (int i = 0; i < all.size(); i += i < others.size() ? 1 : 7) {
            long start = System.nanoTime();
            AnswerComparer.compare(all.get(i), answer, roomy);
            note(slow, name + " and " + i, start);
          }
        });
  }

  private static void note(List<Slow> slow, String what, long start) {
    double seconds = (System.nanoTime() - start) / SECOND;
    if (seconds > 1) {
      slow.add(new Slow(what, seconds));
    }
  }

  @Test
  void tellsLimitsFromWhatIsNotUnderstood() {
    assertThat(Answers.outcome("5", "(100000!)!")).isEqualTo(Outcome.LIMIT);
    assertThat(Answers.outcome("5", "x".repeat(5000))).isEqualTo(Outcome.LIMIT);
    assertThat(Answers.outcome("5", "(".repeat(100) + "5" + ")".repeat(100)))
        .isEqualTo(Outcome.LIMIT);
    assertThat(Answers.outcome("5", "2500!+".repeat(500) + "1")).isEqualTo(Outcome.LIMIT);
    assertThat(Answers.outcome("5", "1e999999999")).isEqualTo(Outcome.LIMIT);
    assertThat(Answers.outcome("5", "10^{10^{10}}")).isEqualTo(Outcome.DIFFERENT);
  }

  @Test
  void stillTellsHugePowersApart() {
    assertThat(Answers.outcome("10^{10^{10}}", "10^{10000000000}")).isEqualTo(Outcome.EQUAL);
    assertThat(Answers.outcome("10^{10^{10}}", "10^{10^{10}}+1")).isEqualTo(Outcome.DIFFERENT);
    assertThat(Answers.outcome("(x+y+z)^{200}", "(x+y+z)^{200}+1")).isEqualTo(Outcome.DIFFERENT);
  }
}
