package dev.sponge.rl.reward.math;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.rl.reward.math.Extraction.Mode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExtractionTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // response | what the only box holds
        "so \\boxed{8} | 8",
        "\\boxed {8} | 8",
        "\\boxed{ \\frac{1}{2} } | \\frac{1}{2}",
        "\\boxed{\\{1,2\\}} | \\{1,2\\}",
        "\\boxed{\\left\\{ 1 \\right.} | \\left\\{ 1 \\right.",
        "\\boxed{8} and \\boxed{ 8 } | 8",
        "\\boxed{8} and \\boxed{9} | ``",
        "\\boxed{8} and \\boxed{9 | ``",
        "\\boxed{8 and \\boxed{9} | ``",
        "\\boxed{\\boxed{8}} | ``",
        "\\boxed 8 | ``",
        "\\\\boxed{8} | ``",
        "\\boxedly{8} | ``",
        "<!-- \\boxed{8} --> \\boxed{9} | 9",
        "50% \\boxed{8} | 8",
      })
  void readsTheOnlyBox(String response, String content) {
    assertThat(Extraction.candidates(response, Mode.ONLY_BOX))
        .isEqualTo(content.isEmpty() ? List.of() : List.of(content));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // response | the best candidate
        "\\boxed{1} and \\boxed{2} | 1, 2",
        "\\boxed{1}, \\boxed{1} | 1",
        "first \\boxed{1}, which we multiply and get \\boxed{2} | 1, 2",
        "first \\boxed{1}. Then it is multiplied by a lot \\boxed{2} | 2",
        "\\boxed{1} The final answer is $2$ | 1",
        "We get $7$. The final answer is $x = 2$. I hope 3 | x = 2",
        "The FINAL ANSWER is: 42. | 42",
        "Final answer: **42** | 42",
        "Answer: $1$, $2$ and $3$, not 4 | 1, 2, 3",
        "Answer: 17.5 \\% or 3 | 17.5%",
        "the answer must be 3/4 | 3/4",
        "so $x$ is \\(5\\) and so on | 5",
        "so $$a$$ then \\[ b\\n+ c \\] | b\\n+ c",
        "costs \\$5 and then 1,234.50 dollars | 1,234.50",
        "it is -3. | -3",
        "10-3 = 7 | 7",
        "between x2 and y | ``",
        "about 12 percent. | 12%",
        "$x$ at step 4 | 4",
        "\\frac{1}{2} in step_3 | 2",
      })
  void findsTheBestCandidateAnywhere(String response, String candidate) {
    List<String> found = Extraction.candidates(unescape(response), Mode.ANY);
    assertThat(found.isEmpty() ? "" : found.get(0)).isEqualTo(unescape(candidate));
  }

  @Test
  void anchorsComeBeforeOtherFormulas() {
    String response = "Answer: $5$. Check: $6$";
    assertThat(Extraction.candidates(response, Mode.ANY)).containsExactly("5", "6");
    assertThat(Extraction.candidates(response, Mode.ANCHORED)).containsExactly("5");
    assertThat(Extraction.candidates("so $6$", Mode.ANCHORED)).isEmpty();
  }

  @Test
  void anUnreadableBoxIsFollowedByItsAlternatives() {
    assertThat(Extraction.candidates("\\boxed{1}, \\boxed{?}, then $3$", Mode.ANY))
        .containsExactly("1, ?", "?", "3");
  }

  @Test
  void onlyTheEndIsLookedAt() {
    String filler = "a".repeat(Extraction.TAIL);
    assertThat(Extraction.candidates("\\boxed{8}" + filler, Mode.ONLY_BOX)).isEmpty();
    assertThat(Extraction.candidates(filler + "\\boxed{8}", Mode.ONLY_BOX)).containsExactly("8");
  }

  @Test
  void whatIsTooLongStaysTooLong() {
    String digits = "1".repeat(10_000);
    for (String response :
        List.of("\\boxed{" + digits + "}", "answer: " + digits, "\\boxed{" + digits)) {
      assertThat(Extraction.candidates(response, Mode.ANY).get(0))
          .hasSize(VerifyOptions.STANDARD.limits().length() + 1);
    }
  }

  @Test
  void aBoundedNumberOfBoxesIsLookedAt() {
    assertThat(Boxes.of("\\boxed{1}".repeat(100))).hasSize(Boxes.MOST);
  }

  private static String unescape(String text) {
    return text.replace("\\n", "\n");
  }
}
