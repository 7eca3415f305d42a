package dev.sponge.jobs.curation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.cli.DatasetTools.Likeness;
import dev.sponge.jobs.spark.TestSpark;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.jobs.table.RejectedPrompt;
import dev.sponge.rl.UserError;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimilarityJobTest {
  private static final Likeness LIKENESS = new Likeness(0.8, 2);
  private static final String BALLS =
      "How many ways are there to put 5 balls in 3 boxes if the balls are not distinguishable and"
          + " neither are the boxes?";
  private static final String SINES = "Compute $\\sin^2 4^\\circ + \\sin^2 8^\\circ + \\dots$";

  @TempDir Path work;
  private Lakehouse lake;
  private SimilarityJob job;

  @BeforeEach
  void open() {
    lake = Lakehouse.open(TestSpark.session(), work);
    lake.prompts()
        .append(
            List.of(
                prompt("a1", "deepscaler", "train", BALLS),
                prompt("a2", "deepscaler", "train", "What is the area of a circle of radius 4?"),
                prompt("b1", "math", "train", BALLS.replace("3 boxes", "three boxes")),
                prompt("b2", "math", "train", SINES),
                prompt("b3", "math", "train", BALLS),
                prompt("t1", "math500", "test", BALLS.replace("5 balls", "$5$ balls")),
                prompt("t2", "aime24", "test", "Find the remainder when $m+n$ is divided by 1000."),
                prompt(
                    "t3",
                    "olympiadbench",
                    "test",
                    "Compute \\sin ^{2} 4^{\\circ}+\\sin ^{2} 8^{\\circ}+\\cdots."),
                prompt("t4", "own", "test", "What is the area of a circle of radius 4")));
    job = new SimilarityJob(lake);
  }

  private static Prompt prompt(String id, String source, String split, String text) {
    return new Prompt(id, source, split, text, new int[0], "1", 0, "hash " + id);
  }

  @Test
  void theSmallestIdStaysOrThePromptOfTheFirstSource() {
    SimilarityReport plan = job.deduplicate(List.of(), LIKENESS, true);
    assertThat(plan.found()).isEqualTo(2);
    assertThat(plan.lines())
        .contains("would list 2 training prompts in prompts_rejected; nothing was written")
        .anyMatch(line -> line.matches("math +3 +2"))
        .anyMatch(line -> line.strip().startsWith("1.000 ") && line.contains("How many ways"));
    assertThat(lake.promptsRejected().version()).isZero();

    assertThat(job.deduplicate(List.of("math", "deepscaler"), LIKENESS, false).found())
        .isEqualTo(2);
    assertThat(lake.promptsRejected().promptIds()).containsExactlyInAnyOrder("a1", "b3");
    assertThat(lake.promptsRejected().read())
        .filteredOn(row -> row.promptId().equals("b3"))
        .singleElement()
        .satisfies(
            row -> {
              assertThat(row.reason()).isEqualTo("near-duplicate");
              assertThat(row.similarTo()).isEqualTo("b1");
              assertThat(row.similarity()).isBetween(0.8, 0.99);
              assertThat(row.split()).isEqualTo("train");
              assertThat(row.excerpt()).isEqualTo(BALLS);
              assertThat(row.detail()).contains("b1 of source math");
            });
    assertThat(lake.promptsRejected().version()).as("one commit").isEqualTo(1);

    SimilarityReport again = job.deduplicate(List.of(), LIKENESS, false);
    assertThat(again.found()).isZero();
    assertThat(again.lines()).anyMatch(line -> line.startsWith("nothing to do"));
    assertThat(lake.promptsRejected().version()).isEqualTo(1);
  }

  @Test
  void trainingPromptsLikeABenchmarkAreListedOnce() {
    SimilarityReport report = job.decontaminate(List.of(), LIKENESS, false);

    assertThat(report.found()).isEqualTo(4);
    assertThat(report.lines())
        .anyMatch(line -> line.matches("aime24 +1 +0 +0"))
        .anyMatch(line -> line.matches("math500 +1 +1 +3"))
        .anyMatch(line -> line.matches("olympiadbench +1 +1 +1"))
        .noneMatch(line -> line.startsWith("own"));
    assertThat(lake.promptsRejected().read())
        .extracting(RejectedPrompt::reason)
        .containsOnly("contaminated");
    assertThat(lake.promptsRejected().promptIds())
        .containsExactlyInAnyOrder("a1", "b1", "b2", "b3");
    assertThat(job.decontaminate(List.of(), LIKENESS, false).found()).isZero();
    assertThat(lake.promptsRejected().version()).as("one commit").isEqualTo(1);

    assertThat(job.decontaminate(List.of("own"), LIKENESS, false).found()).isEqualTo(1);
    assertThat(lake.promptsRejected().promptIds()).contains("a2");
    assertThat(job.deduplicate(List.of(), LIKENESS, false).found())
        .as("what is listed is not looked at again")
        .isZero();
  }

  @Test
  void unknownSourcesAreRefused() {
    assertThatThrownBy(() -> job.deduplicate(List.of("gsm8k"), LIKENESS, false))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("gsm8k in split train; there are: deepscaler, math");
    assertThatThrownBy(() -> job.decontaminate(List.of("minerva"), LIKENESS, false))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("minerva in split test");
    Lakehouse empty = Lakehouse.open(TestSpark.session(), work.resolve("empty"));
    assertThatThrownBy(() -> new SimilarityJob(empty).decontaminate(List.of(), LIKENESS, false))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("none of aime24, amc23, math500, minerva, olympiadbench");
  }
}
