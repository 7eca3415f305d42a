package dev.sponge.jobs.study;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.config.StudyConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudyReportTest {
  private static final List<Curve> CURVES =
      List.of(
          Curves.of("grpo", 1, 0, .1, .2, .3),
          Curves.of("grpo", 2, 0, .1, .2, .3),
          Curves.of("remix", 1, 0, .2, .4, .6),
          Curves.of("remix", 2, 0, .2, .4, .6),
          new Curve(
              "test", "wild", 1, "hash", "step 2: loss NaN", Curves.of("wild", 1, 0, .1).points()));

  @TempDir Path out;
  private StudyConfig study;

  @BeforeEach
  void load() throws IOException {
    Path file =
        Files.writeString(
            out.resolve("s.conf"),
            """
            study { name = test, title = "A < B & C", seeds = [1, 2], window = 1 }
            variants {
              grpo { label = "GRPO", set { run.algorithm = grpo } }
              remix { label = "ReMix <full>", baseline = grpo }
              wild { baseline = grpo, set { training.learning_rate = 1 } }
            }
            """);
    study = StudyConfig.load(file);
  }

  @Test
  void theTableHoldsMeansRatiosAndFailures() throws IOException {
    new StudyReport(study, CURVES).write(out);
    List<String> lines = Files.readAllLines(out.resolve("report.md"));
    assertThat(lines.get(0)).isEqualTo("# A < B & C");
    assertThat(lines)
        .anyMatch(
            l ->
                l.startsWith(
                    "| GRPO | 2 | 0.300 [0.300, 0.300] | 0.900 [0.900, 0.900] | 300 | - |"))
        .anyMatch(
            l ->
                l.contains("| ReMix <full> | 2 | 0.600")
                    && l.contains("| 2.00 [2.00, 2.00] | 2 of 2 | 3.3 |"))
        .anyMatch(
            l ->
                l.startsWith("| wild | 1, 1 failed | - |")
                    && l.contains("| 0.00 [0.00, 0.00] | 0 of 1 |"))
        .anyMatch(l -> l.contains("wild, seed 1, ended after 1 steps: step 2: loss NaN"));
  }

  @Test
  void findingsOfItsAuthorsComeFirst() throws IOException {
    Files.writeString(out.resolve("findings.md"), "It works.\n\n- First\n- Second & last\n");
    new StudyReport(study, CURVES).write(out);
    assertThat(Files.readString(out.resolve("report.md"))).contains("It works.\n\n- First");
    assertThat(Files.readString(out.resolve("report.html")))
        .contains("<p>It works.</p>", "<li>Second &amp; last</li>");
  }

  @Test
  void picturesAreWellFormedAndHoldEveryVariantThatFinished() throws Exception {
    new StudyReport(study, CURVES).write(out);
    String svg = Files.readString(out.resolve("plots/1-pass1.svg"));
    var document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    assertThat(document.getElementsByTagName("polyline").getLength()).isEqualTo(2);
    assertThat(svg).contains("ReMix &lt;full&gt;").doesNotContain("wild").doesNotContain("NaN");
    assertThat(Files.readString(out.resolve("report.md"))).contains("](plots/1-pass1.svg)");
    assertThat(Files.readString(out.resolve("report.html"))).contains(svg);
    assertThat(out.resolve("plots/1-entropy.svg")).as("no curve has it").doesNotExist();
  }

  @Test
  void resolvedConfigurationsLieBesideTheReport() throws IOException {
    new StudyReport(study, CURVES).write(out);
    assertThat(Files.readString(out.resolve("configs/grpo.conf"))).contains("grpo");
  }

  @Test
  void aReportBeforeTheFirstRunSaysSo() throws IOException {
    new StudyReport(study, List.of()).write(out);
    assertThat(Files.readString(out.resolve("report.md"))).contains("| GRPO | 0 | - |");
  }
}
