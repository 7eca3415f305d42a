package dev.sponge.jobs.config;

/**
 * Section {@code data.noise}: probabilities of the slips in a demonstration; see the keys for their
 * unit (step or demonstration).
 */
public record NoiseConfig(
    double wrongResult,
    double forgottenCarry,
    double wrongCopy,
    double skippedStep,
    double droppedLast,
    double brokenFormat,
    double checkFinds) {

  public NoiseConfig {
    Check.share("data.noise.wrong_result", wrongResult);
    Check.share("data.noise.forgotten_carry", forgottenCarry);
    Check.share("data.noise.wrong_copy", wrongCopy);
    Check.share("data.noise.skipped_step", skippedStep);
    Check.share("data.noise.dropped_last", droppedLast);
    Check.share("data.noise.broken_format", brokenFormat);
    Check.share("data.noise.check_finds", checkFinds);
  }
}
