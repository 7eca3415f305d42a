package dev.sponge.datasets;

import java.util.Optional;
import java.util.SplittableRandom;

/** A kind of generated problems. */
public enum ProblemStyle {
  /** Chains of operations in the wordings that the built-in tokenizer of 64 tokens can write. */
  CHAIN(SyntheticMath.SOURCE, SyntheticMath.SOURCE) {
    @Override
    Optional<Task> draw(SyntheticMathSettings settings, int level, SplittableRandom random) {
      return Optional.of(
          new ChainTask(SyntheticMath.draw(settings, level, random), ProblemStyle::template));
    }
  },

  /** The same chains as word problems in plain English, for models that know the language. */
  WORD("word-math", SyntheticMath.SOURCE) {
    @Override
    Optional<Task> draw(SyntheticMathSettings settings, int level, SplittableRandom random) {
      return Optional.of(
          new ChainTask(SyntheticMath.draw(settings, level, random), WordScene::render));
    }
  },

  /** Reach a target from given numbers. */
  COUNTDOWN(CountdownTask.SOURCE, CountdownTask.SOURCE) {
    @Override
    Optional<Task> draw(SyntheticMathSettings settings, int level, SplittableRandom random) {
      return Optional.of(CountdownTask.draw(level, settings.maxStart(), random));
    }
  },

  /** Linear equations in x. */
  LINEAR(LinearTask.SOURCE, LinearTask.SOURCE) {
    @Override
    Optional<Task> draw(SyntheticMathSettings settings, int level, SplittableRandom random) {
      return Optional.of(LinearTask.draw(level, settings, random))
          .filter(LinearTask::fits)
          .map(Task.class::cast);
    }
  };

  private final String source;
  private final String family;

  ProblemStyle(String source, String family) {
    this.source = source;
    this.family = family;
  }

  /** Name of the data set. */
  public String source() {
    return source;
  }

  /** Styles of one family word the same tasks, and agree on the split of each. */
  String family() {
    return family;
  }

  /** Draws a task; empty if the draw is of no use. */
  abstract Optional<Task> draw(SyntheticMathSettings settings, int level, SplittableRandom random);

  private static String template(Chain chain, SplittableRandom random) {
    Template[] templates = Template.values();
    return templates[random.nextInt(templates.length)].render(chain, random);
  }
}
