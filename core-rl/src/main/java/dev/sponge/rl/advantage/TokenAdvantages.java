package dev.sponge.rl.advantage;

/**
 * What a critic's values make of one response of C tokens.
 *
 * @param advantages (C), before any whitening
 * @param returns (C), what the critic learns to predict
 */
public record TokenAdvantages(double[] advantages, double[] returns) {}
