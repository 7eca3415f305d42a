package dev.sponge.datasets;

/**
 * How demonstrations are written.
 *
 * @param seed seed of all draws; each demonstration draws from (seed, problem, index) alone
 * @param selfCheckShare probability that a demonstration checks its last steps before the box
 * @param noise probabilities of slips
 */
public record DemonstrationSettings(long seed, double selfCheckShare, NoiseSettings noise) {
  public DemonstrationSettings {
    NoiseSettings.probability("data.self_check_share", selfCheckShare);
  }
}
