package dev.sponge.jobs.report;

import java.util.Locale;
import java.util.OptionalDouble;

/**
 * One line for one finished outer step.
 *
 * @param step number of finished steps, from 1
 * @param steps steps of the whole run
 * @param rollouts fresh rollouts so far, evaluation and bootstrap not counted
 * @param reward mean reward of the step's fresh rollouts
 * @param pass1 sampled pass@1 on the held-out problems, if this step was evaluated
 * @param kl KL-Convex term, in nats per token
 * @param clipFraction share of tokens whose gradient the clip zeroes
 * @param seconds wall-clock of the step
 */
public record StepLine(
    int step,
    int steps,
    long rollouts,
    double reward,
    OptionalDouble pass1,
    double kl,
    double clipFraction,
    double seconds) {

  @Override
  public String toString() {
    String evaluated =
        pass1.isPresent() ? String.format(Locale.ROOT, "%.3f", pass1.getAsDouble()) : "  -  ";
    int width = Integer.toString(steps).length();
    return String.format(
        Locale.ROOT,
        "step %"
            + width
            + "d/%d  rollouts %,7d  reward %.3f  pass@1 %s  kl %.4f  clip %.3f  %.1f s",
        step,
        steps,
        rollouts,
        reward,
        evaluated,
        kl,
        clipFraction,
        seconds);
  }
}
