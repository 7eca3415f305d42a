package dev.sponge.datasets;

import java.util.SplittableRandom;

/** How a chain of operations is put into words. */
public enum ProblemStyle {
  /** The wordings that the built-in tokenizer of 64 tokens can write. */
  CHAIN(SyntheticMath.SOURCE) {
    @Override
    String prompt(Chain chain, SplittableRandom random) {
      Template[] templates = Template.values();
      return templates[random.nextInt(templates.length)].render(chain, random);
    }
  },

  /** Word problems in plain English, for models that know the language. */
  WORD("word-math") {
    @Override
    String prompt(Chain chain, SplittableRandom random) {
      return WordScene.render(chain, random);
    }
  };

  private final String source;

  ProblemStyle(String source) {
    this.source = source;
  }

  /** Name of the data set. */
  public String source() {
    return source;
  }

  /** The text of a chain, ending with a newline; {@code random} chooses wording and names. */
  abstract String prompt(Chain chain, SplittableRandom random);
}
