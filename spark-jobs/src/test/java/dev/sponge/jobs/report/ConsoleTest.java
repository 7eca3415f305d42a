package dev.sponge.jobs.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ConsoleTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private long seconds;

  private Console console(boolean terminal, boolean quiet) {
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    return new Console(out, terminal, quiet, () -> seconds * 1_000_000_000L);
  }

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void withoutATerminalThereIsOneProgressLineAMinute() {
    try (Progress progress = console(false, false).progress("bootstrap", 400, "batches")) {
      for (int i = 1; i <= 130; i++) {
        seconds = i;
        progress.advance(2);
      }
    }
    assertThat(text().lines())
        .containsExactly(
            "bootstrap    30 %  120/400 batches  2.0/s  ETA 2:20",
            "bootstrap    60 %  240/400 batches  2.0/s  ETA 1:20");
    assertThat(text()).doesNotContain("\r");
  }

  @Test
  void atATerminalOneLineIsRewrittenAndRemovedBeforeOtherOutput() {
    Console console = console(true, false);
    try (Progress progress = console.progress("rollout", 10, "groups")) {
      seconds = 1;
      progress.advance(4);
      assertThat(text()).startsWith("\rrollout      40 %  4/10 groups  4.0/s  ETA 0:02");
      console.line("step");
    }
    assertThat(text()).endsWith(" \rstep" + System.lineSeparator());
    assertThat(text().lines().filter(line -> !line.isBlank())).last().asString().isEqualTo("step");
  }

  @Test
  void closingClearsTheLineAtATerminal() {
    Progress progress = console(true, false).progress("rollout", 10, "groups");
    seconds = 1;
    progress.advance(1);
    progress.close();
    assertThat(text()).endsWith(" \r");
  }

  @Test
  void quietPrintsResultsAlone() {
    Console console = console(false, true);
    try (Progress progress = console.progress("rollout", 10, "groups")) {
      seconds = 100;
      progress.advance(1);
    }
    console.line("step");
    console.result("table");
    assertThat(text().lines()).containsExactly("table");
  }

  @Test
  void timeIsWrittenLikeAClock() {
    assertThat(List.of(Progress.clock(-3), Progress.clock(59), Progress.clock(61)))
        .containsExactly("0:00", "0:59", "1:01");
    assertThat(Progress.clock(3_661)).isEqualTo("1:01:01");
  }

  @Test
  void aStepIsOneLine() {
    assertThat(new StepLine(7, 60, 1096, 0.4, OptionalDouble.of(0.25), 0.00123, 0.04, 5.26))
        .hasToString(
            "step  7/60  rollouts   1,096  reward 0.400  pass@1 0.250  kl 0.0012  clip 0.040  5.3 s");
    assertThat(new StepLine(8, 60, 1096, 0.4, OptionalDouble.empty(), 0, 0, 5).toString())
        .contains("pass@1   -    kl");
  }

  @Test
  void aTableAlignsNumbersRightAndKeepsEachRowOnOneLine() {
    assertThat(
            TextTable.format(
                List.of("step", "text"),
                List.of(List.of("9", "a\nb"), List.of("10", "x".repeat(70)))))
        .containsExactly(
            "step  text",
            "----  " + "-".repeat(60),
            "   9  a\\nb",
            "  10  " + "x".repeat(57) + "...");
  }
}
