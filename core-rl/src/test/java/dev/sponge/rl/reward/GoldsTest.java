package dev.sponge.rl.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GoldsTest {
  @Test
  void anArrayOfStringsIsSeveralGolds() {
    assertThat(Golds.of("[\"0.01\",\"0.02\"]")).containsExactly("0.01", "0.02");
    assertThat(Golds.of(" [ \"\\\\frac{1}{2}\" ] ")).containsExactly("\\frac{1}{2}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "3",
        "[1,2]",
        "[0, 1)",
        "[a]",
        "['a']",
        "[]",
        "[\"a\", 2]",
        "[\"a\"",
        "[\"a\"] x]",
        "[[\"a\"]]",
        "{\"numbers\":[1],\"target\":1}",
        "[\"a\"]; [\"b\"]",
        "[x \"a\"]",
        "[\"a\", b]",
        "[\"a\"; \"b\"]"
      })
  void anythingElseIsOneGold(String text) {
    assertThat(Golds.of(text)).containsExactly(text);
  }

  @Property
  void whatIsWrittenIsReadBack(@ForAll @Size(min = 1, max = 4) List<String> golds) {
    assertThat(Golds.of(Golds.text(golds))).isEqualTo(golds);
  }

  @Test
  void oneGoldThatLooksLikeSeveralIsWrittenAsAnArray() {
    assertThat(Golds.text(List.of("[1, 2]"))).isEqualTo("[1, 2]");
    assertThat(Golds.of(Golds.text(List.of("[\"a\",\"b\"]")))).containsExactly("[\"a\",\"b\"]");
    assertThatThrownBy(() -> Golds.text(List.of())).isInstanceOf(IllegalArgumentException.class);
  }
}
