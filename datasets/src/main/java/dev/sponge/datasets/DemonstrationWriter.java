package dev.sponge.datasets;

import dev.sponge.rl.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Writes chains of thought for {@link SyntheticMath} problems: one line per operation, at times a
 * self-check, then the box. Noise hits the steps, so that a wrong answer follows from a wrong line.
 *
 * <pre>
 * 7+5=12
 * 12-3=9
 * wait, let me check: 12-3=9
 * \boxed{9}
 * </pre>
 */
public final class DemonstrationWriter {
  /** Phrase that opens a self-check. */
  static final String SELF_CHECK = "wait, let me check: ";

  /** A self-check redoes at most this many operations. */
  private static final int CHECKED_OPERATIONS = 2;

  /** Bounds a response to about 60 tokens: operations of the longest chain and its self-check. */
  private static final int MAX_LINES = 5;

  private enum BrokenFormat {
    NO_BOX,
    UNCLOSED_BOX,
    TEXT_AFTER_BOX
  }

  /** What a demonstration says about operation {@code index} of the chain. */
  private record Step(int index, int left, Operation written, int result) {
    String line() {
      return left + written.text() + "=" + result + "\n";
    }
  }

  private final DemonstrationSettings settings;

  public DemonstrationWriter(DemonstrationSettings settings) {
    this.settings = settings;
  }

  /**
   * {@code count} demonstrations that go round the problems: every problem gets its first before
   * any gets its second.
   */
  public List<Demonstration> write(List<Problem> problems, int count) {
    if (problems.isEmpty()) {
      throw new UserError("There are no problems to demonstrate; data.train_problems must be > 0.");
    }
    return IntStream.range(0, count)
        .mapToObj(i -> write(problems.get(i % problems.size()), i / problems.size()))
        .toList();
  }

  /**
   * The demonstration number {@code index} of a problem; depends on (seed, problem, index) only.
   */
  public Demonstration write(Problem problem, int index) {
    Chain chain =
        Template.parse(problem.prompt())
            .orElseThrow(
                () ->
                    new UserError(
                        ("Prompt %s of source %s is no synthetic-math prompt, so no demonstration can "
                                + "be written for it; bootstrap from synthetic problems only.")
                            .formatted(problem.promptId(), problem.source())));
    SplittableRandom random =
        new SplittableRandom(
            Digests.seed(
                "demonstration",
                Long.toString(settings.seed()),
                problem.promptId(),
                Integer.toString(index)));
    return new Demonstration(problem.promptId(), index, problem.prompt(), response(chain, random));
  }

  private String response(Chain chain, SplittableRandom random) {
    List<Step> steps = noisySteps(chain, random);
    StringBuilder text = new StringBuilder();
    steps.forEach(step -> text.append(step.line()));
    int answer = steps.get(steps.size() - 1).result();
    if (random.nextDouble() < settings.selfCheckShare()) {
      List<Step> redone = selfCheck(chain, steps, random);
      text.append(SELF_CHECK);
      redone.forEach(step -> text.append(step.line()));
      answer = redone.get(redone.size() - 1).result();
    }
    return text.append(box(answer, random)).toString();
  }

  /** Every step keeps the rest of the chain within 0..99, whatever slips came before. */
  private List<Step> noisySteps(Chain chain, SplittableRandom random) {
    NoiseSettings noise = settings.noise();
    List<Step> steps = new ArrayList<>(chain.level());
    int value = chain.start();
    boolean dropped = random.nextDouble() < noise.droppedLast() && chain.level() > 1;
    for (int i = 0; i < (dropped ? chain.level() - 1 : chain.level()); i++) {
      Operation operation = chain.operations().get(i);
      List<Operation> rest = chain.operations().subList(i + 1, chain.level());
      boolean mustWrite = steps.isEmpty() && rest.size() <= (dropped ? 1 : 0);
      if (random.nextDouble() < noise.skippedStep()
          && !mustWrite
          && Chain.staysInRange(value, rest)) {
        continue;
      }
      Operation written = operation;
      if (random.nextDouble() < noise.wrongCopy()) {
        written = miscopied(operation, value, rest, random);
      }
      int result = calculated(written, value, rest, random);
      steps.add(new Step(i, value, written, result));
      value = result;
    }
    return steps;
  }

  private static Operation miscopied(
      Operation operation, int left, List<Operation> rest, SplittableRandom random) {
    int operand = operation.operand();
    Stream<Operation> otherOperator =
        Stream.of(Operator.values()).map(operator -> new Operation(operator, operand));
    Stream<Operation> otherOperand =
        nearMisses(operand).map(wrong -> new Operation(operation.operator(), wrong));
    List<Operation> candidates =
        Stream.concat(otherOperator, otherOperand)
            .filter(wrong -> wrong.operand() > 0 && wrong.apply(left) != operation.apply(left))
            .filter(wrong -> Chain.staysInRange(wrong.apply(left), rest))
            .toList();
    return candidates.isEmpty() ? operation : candidates.get(random.nextInt(candidates.size()));
  }

  /** The result that is written: right, without its carry, or otherwise wrong. */
  private int calculated(
      Operation written, int left, List<Operation> rest, SplittableRandom random) {
    NoiseSettings noise = settings.noise();
    if (written.needsCarry(left)
        && random.nextDouble() < noise.forgottenCarry()
        && Chain.staysInRange(written.applyWithoutCarry(left), rest)) {
      return written.applyWithoutCarry(left);
    }
    int result = written.apply(left);
    return random.nextDouble() < noise.wrongResult() ? miscalculated(result, rest, random) : result;
  }

  private static int miscalculated(int result, List<Operation> rest, SplittableRandom random) {
    List<Integer> candidates =
        nearMisses(result).filter(wrong -> Chain.staysInRange(wrong, rest)).toList();
    return candidates.isEmpty() ? result : candidates.get(random.nextInt(candidates.size()));
  }

  /** Other numbers in 0..99 that a slip may write: a bit off, a carry lost, digits swapped. */
  private static Stream<Integer> nearMisses(int number) {
    int swapped = number % 10 * 10 + number / 10;
    return Stream.of(
            number - 1, number + 1, number - 2, number + 2, number - 10, number + 10, swapped)
        .distinct()
        .filter(wrong -> wrong != number && Chain.inRange(wrong));
  }

  /** Redoes the end of the chain: correctly, or repeating what was written. Never empty. */
  private List<Step> selfCheck(Chain chain, List<Step> steps, SplittableRandom random) {
    int most = Math.min(Math.min(CHECKED_OPERATIONS, chain.level()), MAX_LINES - chain.level());
    int from = chain.level() - 1 - random.nextInt(most);
    List<Step> written = steps.stream().filter(step -> step.index() >= from).toList();
    if (random.nextDouble() >= settings.noise().checkFinds()) {
      return written.isEmpty() ? steps.subList(steps.size() - 1, steps.size()) : written;
    }
    int value = chain.start();
    for (Step step : steps) {
      value = step.index() < from ? step.result() : value;
    }
    List<Step> redone = new ArrayList<>();
    for (int i = from; i < chain.level(); i++) {
      Operation operation = chain.operations().get(i);
      redone.add(new Step(i, value, operation, operation.apply(value)));
      value = operation.apply(value);
    }
    return redone;
  }

  private String box(int answer, SplittableRandom random) {
    String box = "\\boxed{" + answer + "}";
    if (random.nextDouble() >= settings.noise().brokenFormat()) {
      return box;
    }
    BrokenFormat[] kinds = BrokenFormat.values();
    return switch (kinds[random.nextInt(kinds.length)]) {
      case NO_BOX -> Integer.toString(answer);
      case UNCLOSED_BOX -> "\\boxed{" + answer;
      case TEXT_AFTER_BOX -> box + ".";
    };
  }
}
