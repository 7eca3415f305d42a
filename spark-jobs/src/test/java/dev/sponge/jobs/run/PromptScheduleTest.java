package dev.sponge.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.table.Prompt;
import dev.sponge.rl.UserError;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PromptScheduleTest {
  private static final int PROMPTS = 20;
  private static final int STEPS = 15;
  private static final int BLOCK = 4;

  private static List<Prompt> prompts() {
    return IntStream.range(0, PROMPTS)
        .mapToObj(
            i ->
                new Prompt("p%02d".formatted(i), "s", "train", "?", new int[] {1}, "1", 1, "h" + i))
        .toList();
  }

  private static List<String> ids(List<Prompt> prompts) {
    return prompts.stream().map(Prompt::promptId).toList();
  }

  @Test
  void aForgottenPromptIsNeverAskedAndTheBlocksOfAllOthersStay() {
    PromptSchedule before = new PromptSchedule(prompts(), 3, BLOCK);
    for (Prompt forgotten : prompts()) {
      String id = forgotten.promptId();
      List<Prompt> left = new ArrayList<>(prompts());
      left.remove(forgotten);
      PromptSchedule gone = new PromptSchedule(left, Set.of(id), 3, BLOCK);
      PromptSchedule notYetGone = new PromptSchedule(prompts(), Set.of(id), 3, BLOCK);
      for (int k = 0; k < STEPS; k++) {
        List<String> expected = new ArrayList<>(ids(before.block(k, BLOCK)));
        List<String> block = ids(gone.block(k, BLOCK));
        assertThat(block).hasSize(BLOCK).doesNotHaveDuplicates().doesNotContain(id);
        boolean affected = expected.remove(id);
        assertThat(block).startsWith(expected.toArray(String[]::new));
        assertThat(block).hasSize(expected.size() + (affected ? 1 : 0));
        assertThat(ids(notYetGone.block(k, BLOCK))).isEqualTo(block);
        assertThat(ids(gone.further(k, Set.of(), Set.of(), PROMPTS))).hasSize(PROMPTS - 1);
      }
    }
  }

  @Test
  void anEpochAsksEveryPromptOnce() {
    PromptSchedule schedule = new PromptSchedule(prompts(), 3, BLOCK);
    List<String> asked = new ArrayList<>();
    for (int k = 0; k < PROMPTS / BLOCK; k++) {
      asked.addAll(ids(schedule.block(k, BLOCK)));
    }
    assertThat(asked).containsExactlyInAnyOrderElementsOf(ids(prompts()));
  }

  @Test
  void withoutUnwantedPromptsAStepAsksItsBlock() {
    PromptSchedule schedule = new PromptSchedule(prompts(), 3, BLOCK);
    for (int k = 0; k < STEPS; k++) {
      assertThat(schedule.fresh(k, BLOCK, Set.of())).isEqualTo(schedule.block(k, BLOCK));
    }
  }

  @Test
  void othersTakeThePlaceOfUnwantedPromptsWhileThereAreOthers() {
    PromptSchedule schedule = new PromptSchedule(prompts(), 3, BLOCK);
    for (int k = 0; k < STEPS; k++) {
      List<String> block = ids(schedule.block(k, BLOCK));
      Set<String> unwanted = Set.of(block.get(0), block.get(2), block.get(3));
      List<String> asked = ids(schedule.fresh(k, BLOCK, unwanted));
      assertThat(asked)
          .hasSize(BLOCK)
          .doesNotHaveDuplicates()
          .doesNotContainAnyElementsOf(unwanted);
      assertThat(asked.get(0)).isEqualTo(block.get(1));
      assertThat(ids(schedule.further(k, Set.copyOf(asked), unwanted, PROMPTS)))
          .hasSize(PROMPTS - BLOCK)
          .endsWith(order(schedule, k, unwanted));

      Set<String> nearlyAll = new HashSet<>(ids(prompts()));
      nearlyAll.remove(asked.get(1));
      assertThat(ids(schedule.fresh(k, BLOCK, nearlyAll)))
          .containsExactly(asked.get(1), block.get(0), block.get(1), block.get(2));
    }
  }

  private static String[] order(PromptSchedule schedule, int k, Set<String> unwanted) {
    return ids(schedule.further(k, Set.of(), Set.of(), PROMPTS)).stream()
        .filter(unwanted::contains)
        .toArray(String[]::new);
  }

  @Test
  void fewerPromptsThanAStepAsksAreRefused() {
    List<Prompt> few = prompts().subList(0, BLOCK);
    assertThatThrownBy(() -> new PromptSchedule(few, Set.of("p00"), 3, BLOCK))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("exceeds the 3 training prompts");
  }
}
