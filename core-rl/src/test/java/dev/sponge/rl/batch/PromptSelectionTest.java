package dev.sponge.rl.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.rl.UserError;
import dev.sponge.rl.batch.PromptSelection.Strategy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PromptSelectionTest {
  private static final List<RolledGroup> HISTORY =
      List.of(
          new RolledGroup("solved", 2, 1),
          new RolledGroup("never", 2, 0),
          new RolledGroup("mixed", 2, 0.5),
          new RolledGroup("learnt", 0, 0.25),
          new RolledGroup("learnt", 2, 1),
          new RolledGroup("long ago", 0, 1));

  private static Set<String> unwanted(Strategy strategy, int k) {
    return new PromptSelection(strategy, 0.25, 0.75, 4)
        .unwanted(HISTORY, Map.of("easy", 0.9, "right", 0.75, "solved", 0.5), 0, k);
  }

  @Test
  void uniformWantsAll() {
    assertThat(unwanted(Strategy.UNIFORM, 3)).isEmpty();
  }

  @Test
  void theLastGroupSettlesAPrompt() {
    assertThat(unwanted(Strategy.SKIP_SETTLED, 3))
        .containsExactlyInAnyOrder("solved", "never", "learnt", "long ago");
  }

  @Test
  void theBandCountsAllGroupsAndPredictionsOfTheRest() {
    assertThat(unwanted(Strategy.DIFFICULTY_BAND, 3))
        .containsExactlyInAnyOrder("solved", "never", "long ago", "easy");
  }

  @Test
  void promptsComeBack() {
    assertThat(unwanted(Strategy.SKIP_SETTLED, 4))
        .containsExactlyInAnyOrder("solved", "never", "learnt");
    assertThat(unwanted(Strategy.DIFFICULTY_BAND, 4)).containsExactlyInAnyOrder("solved", "never");
    assertThat(unwanted(Strategy.SKIP_SETTLED, 6)).isEmpty();
    assertThat(unwanted(Strategy.DIFFICULTY_BAND, 6)).isEmpty();
  }

  @Property(tries = 100)
  void theOrderOfTheHistoryDoesNotMatter(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 9) int k) {
    Random random = new Random(seed);
    List<RolledGroup> history = new ArrayList<>();
    for (int version = 0; version < k; version++) {
      for (int i = 0; i < 4; i++) {
        history.add(new RolledGroup("p" + random.nextInt(6), version, random.nextInt(5) / 4.0));
      }
    }
    List<RolledGroup> shuffled = new ArrayList<>(history);
    Collections.shuffle(shuffled, random);
    for (Strategy strategy : Strategy.values()) {
      PromptSelection selection = new PromptSelection(strategy, 0.25, 0.75, 3);
      assertThat(selection.unwanted(shuffled, Map.of(), 0, k))
          .isEqualTo(selection.unwanted(history, Map.of(), 0, k));
    }
  }

  @Test
  void impossibleSettingsAreRefused() {
    assertThatThrownBy(() -> new PromptSelection(Strategy.DIFFICULTY_BAND, 0.8, 0.2, 1))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("0.8");
    assertThatThrownBy(() -> new PromptSelection(Strategy.DIFFICULTY_BAND, 0.2, Double.NaN, 1))
        .isInstanceOf(UserError.class);
    assertThatThrownBy(() -> new PromptSelection(Strategy.SKIP_SETTLED, 0.2, 0.8, 0))
        .isInstanceOf(UserError.class);
  }
}
