package dev.sponge.jobs.study;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.config.StudyConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudyPlotsTest {
  @TempDir Path directory;

  /** A point whose mean ratio is {@code first} in the first tenth and falls by 0.01 a tenth. */
  private static Curve.Point point(int step, double replayed, double first) {
    Map<String, Double> metrics = new HashMap<>();
    metrics.put(Curve.Point.SAMPLED, 0.1 * step);
    metrics.put("data/replayed_rollouts", replayed);
    for (int tenth = 0; tenth < 10; tenth++) {
      metrics.put("actor/ratio/decile_" + tenth + "/mean", first - 0.01 * tenth);
    }
    return new Curve.Point(step, 100L * step, 0, step, metrics);
  }

  private List<StudyPlots.Plot> plots(List<Curve> curves) throws IOException {
    StudyConfig study =
        StudyConfig.load(
            Files.writeString(
                directory.resolve("s.conf"),
                "study { name = t, seeds = [1], window = 1 }\nvariants { remix { label = R } }"));
    return StudyPlots.of(List.of(VariantResult.of(study, study.variants().get(0), curves)));
  }

  private static StudyPlots.Plot find(List<StudyPlots.Plot> plots, String file) {
    return plots.stream().filter(p -> p.file().equals(file)).findFirst().orElseThrow();
  }

  @Test
  void theRatioByPositionIsOfStepsThatReplayed() throws IOException {
    List<Curve.Point> points = new ArrayList<>();
    points.add(point(1, 8, 1.2));
    points.add(point(2, 8, 1.4));
    StudyPlots.Plot replayed =
        find(plots(List.of(new Curve("t", "remix", 1, "h", "", points))), "ratio-position");
    points.add(point(3, 0, 9));
    StudyPlots.Plot more =
        find(plots(List.of(new Curve("t", "remix", 1, "h", "", points))), "ratio-position");
    assertThat(more.svg()).as("the on-policy step changes nothing").isEqualTo(replayed.svg());
    assertThat(replayed.svg()).contains("tenth of the response").contains(">R<");
  }

  @Test
  void aRunWithoutReplayShowsAllItsSteps() throws IOException {
    List<Curve.Point> points = List.of(point(1, 0, 1.0), point(2, 0, 1.1));
    List<StudyPlots.Plot> plots = plots(List.of(new Curve("t", "remix", 1, "h", "", points)));
    assertThat(plots)
        .extracting(StudyPlots.Plot::file)
        .containsExactly("pass1", "pass1-seconds", "ratio-position");
  }
}
