package dev.sponge.datasets;

import dev.sponge.rl.UserError;

/**
 * Probabilities of slips in the demonstrations. A slip that would leave 0..99 later in the chain is
 * not written, so the rates in the text lie a little below these.
 *
 * @param wrongResult per step: the result is wrong and carried on
 * @param forgottenCarry per step that needs a carry or borrow: it is forgotten and the result
 *     carried on; unlike scattered wrong results this is a habit, which greedy decoding takes over
 *     too
 * @param wrongCopy per step: another operator or operand than the problem's is written
 * @param skippedStep per step: the operation is left out
 * @param droppedLast per demonstration of two or more steps: it ends before the last operation
 * @param brokenFormat per demonstration: no box, an unclosed box, or text after the box
 * @param checkFinds per self-check: it redoes the steps correctly; otherwise it repeats them
 */
public record NoiseSettings(
    double wrongResult,
    double forgottenCarry,
    double wrongCopy,
    double skippedStep,
    double droppedLast,
    double brokenFormat,
    double checkFinds) {
  /** No slip at all. */
  public static final NoiseSettings NONE = new NoiseSettings(0, 0, 0, 0, 0, 0, 1);

  /** Noise from which an honest but mediocre base policy is learned. */
  public static final NoiseSettings DEFAULT = new NoiseSettings(0.2, 0, 0.1, 0.07, 0, 0.2, 0.5);

  public NoiseSettings {
    probability("data.noise.wrong_result", wrongResult);
    probability("data.noise.forgotten_carry", forgottenCarry);
    probability("data.noise.wrong_copy", wrongCopy);
    probability("data.noise.skipped_step", skippedStep);
    probability("data.noise.dropped_last", droppedLast);
    probability("data.noise.broken_format", brokenFormat);
    probability("data.noise.check_finds", checkFinds);
  }

  static void probability(String key, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new UserError("%s = %s must be a probability from 0 to 1.".formatted(key, value));
    }
  }
}
