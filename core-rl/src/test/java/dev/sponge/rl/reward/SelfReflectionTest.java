package dev.sponge.rl.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.rl.UserError;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SelfReflectionTest {
  private final SelfReflection reflection = new SelfReflection(SelfReflection.DEFAULT_KEYWORDS);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "7+5=12\nwait, let me check: 7+5=12",
        "Wait",
        "Hmm...",
        "so I double-check it",
        "LET ME VERIFY this",
        "(alternatively) 3"
      })
  void findsKeywordsAsWholeWordsInAnyCase(String text) {
    assertThat(reflection.reflects(text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "7+5=12\n\\boxed{12}", "the waiter awaits", "let me see", "hmmm"})
  void leavesOtherTextAlone(String text) {
    assertThat(reflection.reflects(text)).isFalse();
  }

  @Test
  void keywordsAreLiteralTextAndConfigurable() {
    SelfReflection dots = new SelfReflection(List.of("a.c"));
    assertThat(dots.reflects("abc")).isFalse();
    assertThat(dots.reflects("a.c")).isTrue();
    assertThat(new SelfReflection(List.of()).reflects("wait")).isFalse();
  }

  @Test
  void blankKeywordIsRefused() {
    assertThatThrownBy(() -> new SelfReflection(List.of("wait", " ")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("reward.reflection_keywords");
  }
}
