package dev.sponge.jobs.loop;

import static java.util.Comparator.naturalOrder;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.config.StudyConfig;
import dev.sponge.jobs.report.Console;
import dev.sponge.jobs.study.StudyJob;
import dev.sponge.jobs.study.StudyReport;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.StudyPoint;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A study of real runs: two variants, two seeds, two steps each. */
class StudyTest {
  @TempDir static Path directory;

  private final Path work = directory.resolve("work");
  private final Path out = directory.resolve("out");
  private final List<String> ran = Collections.synchronizedList(new ArrayList<>());

  private StudyConfig study(String seeds, String more) throws IOException {
    Path tiny = TinyRun.configFile(directory);
    String text =
        """
        include "%s"
        study { name = tiny, seeds = %s, window = 1 }
        run.steps = 2
        engine.workers = 1
        evaluation.every = 1
        variants {
          grpo { set { run.algorithm = grpo } }
          remix { baseline = grpo%s }
        }
        """
            .formatted(tiny.getFileName(), seeds, more);
    return StudyConfig.load(Files.writeString(directory.resolve("study.conf"), text));
  }

  private StudyJob job(StudyConfig study) {
    return new StudyJob(
        study,
        work,
        out,
        Console.silent(),
        TinyRun.spark(),
        run -> {
          ran.add(run.runId());
          new ReMixLoop(run).run();
        });
  }

  @Test
  void aStudyRunsWhatIsMissingAndNothingTwice() throws IOException {
    assertThat(job(study("[1]", "")).run()).isTrue();
    assertThat(ran).containsExactlyInAnyOrder("grpo-s1", "remix-s1");
    byte[] first = Files.readAllBytes(out.resolve("curves.jsonl"));

    byte[] before = base();
    ran.clear();
    assertThat(job(study("[1]", "")).run()).as("nothing is missing").isFalse();
    assertThat(ran).isEmpty();
    assertThat(Files.readAllBytes(out.resolve("curves.jsonl"))).isEqualTo(first);

    StudyJob more = job(study("[1, 2]", ""));
    assertThat(more.run()).isTrue();
    assertThat(ran).containsExactlyInAnyOrder("grpo-s2", "remix-s2");

    List<StudyPoint> rows = Lakehouse.open(TinyRun.spark(), work).studies().read("tiny");
    assertThat(rows).hasSize(4 * 3); // the base and two steps of four runs
    assertThat(rows.stream().filter(row -> row.step() == 0).map(StudyPoint::pass1Greedy).distinct())
        .as("one base policy")
        .hasSize(1);
    assertThat(rows)
        .filteredOn(row -> row.variant().equals("remix") && row.step() == 2)
        .allSatisfy(row -> assertThat(row.replayed()).isPositive());
    assertThat(rows)
        .filteredOn(row -> row.variant().equals("grpo"))
        .allSatisfy(row -> assertThat(row.replayed()).isZero());
    new StudyReport(study("[1, 2]", ""), more.curves()).write(out);
    assertThat(out.resolve("plots/1-pass1.svg")).isRegularFile();
    assertThat(work.resolve("runs")).as("finished runs leave curves alone").isEmptyDirectory();

    ran.clear();
    assertThat(job(study("[1]", ", set { training.learning_rate = 5e-4 }")).run()).isTrue();
    assertThat(ran).as("another configuration is another run").containsExactly("remix-s1");
    assertThat(base()).as("the base is made once").isEqualTo(before);

    ran.clear();
    String other = ", set { bootstrap.seed = 7 } }\n grpo { set { bootstrap.seed = 7 }";
    assertThat(job(study("[1]", other)).run()).isTrue();
    assertThat(ran).containsExactlyInAnyOrder("grpo-s1", "remix-s1");
    assertThat(base()).as("another base is made anew").isNotEqualTo(before);
  }

  private byte[] base() throws IOException {
    try (Stream<Path> files = Files.walk(work.resolve("base/checkpoints/bootstrap"))) {
      Path weights =
          files
              .filter(f -> f.toString().endsWith(".safetensors"))
              .min(naturalOrder())
              .orElseThrow();
      return Files.readAllBytes(weights);
    }
  }

  @Test
  void variantsOfAnotherBaseAreRefused() throws IOException {
    StudyJob job = job(study("[1]", ", set { bootstrap.epochs = 3 }"));
    assertThatThrownBy(job::run)
        .isInstanceOf(UserError.class)
        .hasMessageContaining("bootstrap.epochs (25 and 3)");
  }
}
