package dev.sponge.rl.reward.math;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerParserTest {
  @Test
  void refusesEveryTextOfTheRefusedList() {
    assertThat(Answers.lines("refused.txt")).hasSizeGreaterThan(35);
    for (String text : Answers.lines("refused.txt")) {
      assertThat(AnswerParser.parse(text, VerifyOptions.STANDARD))
          .as(text)
          .isInstanceOfSatisfying(
              ParseResult.Refused.class,
              refused -> assertThat(refused.outcome()).isEqualTo(Outcome.UNPARSED));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\\frac{\\cos(2t)+\\sin(2t)}{4}|((cos((2*t))+sin((2*t)))/4)",
        "\\binom{5}{2}|binomial(5,2)",
        "\\lfloor x \\rfloor|floor(x)",
        "\\dfrac{17}{50}|(17/50)",
        "n(n+1)|((1+n)*n)",
        "C s^2|((s^2)*C)",
        "1e11|100000000000",
        "1\\frac45|((4/5)+1)",
        "[0,1)|[0,1)",
        "8 \\%|8%",
        "5.4 \\text{ cents}|5.4 [cent]",
        "\\frac12|(1/2)",
        "\\sin 5x \\cos x|(cos(x)*sin((5*x)))",
        "3 \\sec \\frac{1}{2} \\theta|(3*sec(((1/2)*\\theta)))",
        "f(x)=\\frac{1}{x}|f{x} = (1/x)",
        "\\log_{10} 250|log(250,10)",
        "m_{\\max }=n|m_max = n",
        "1/2 x|((1*x)/2)",
        "r/2s|(r/(2*s))",
        "a/b/c|(a/(b*c))",
        "--3|3",
        "2^{3^{2}}|(2^(3^2))",
        "x_{n+1}|x_n+1",
        "\\mathrm{A}|A",
        "\\textbf{2340}|2340"
      })
  void understands(String text, String canonical) {
    assertThat(Answers.parsed(text).canonical()).isEqualTo(canonical);
  }

  @Test
  void keepsTheTextAsGiven() {
    assertThat(Answers.parsed(" $5$ ").text()).isEqualTo(" $5$ ");
  }

  @Test
  void neverTakesAnUnknownCommandForAVariable() {
    assertThat(AnswerParser.parse("\\anything", VerifyOptions.STANDARD))
        .isEqualTo(new ParseResult.Refused(Outcome.UNPARSED, "command \\anything"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "$$", "\\(\\)", "."})
  void refusesNothing(String text) {
    assertThat(AnswerParser.parse(text, VerifyOptions.STANDARD))
        .isEqualTo(new ParseResult.Refused(Outcome.UNPARSED, "empty"));
  }

  @Test
  void takesASentenceAsText() {
    assertThat(
            Answers.outcome(
                "$f(x)=a x+b$, where $b$ is an arbitrary integer",
                "$f(x)=ax+b$, where $b$ is an arbitrary integer."))
        .isEqualTo(Outcome.EQUAL);
    assertThat(Answers.outcome("$f(x)=a x+b$, where $b$ is an arbitrary integer", "$f(x)=a x+b$"))
        .isEqualTo(Outcome.DIFFERENT);
  }
}
