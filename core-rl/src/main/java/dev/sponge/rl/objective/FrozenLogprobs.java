package dev.sponge.rl.objective;

import ai.djl.ndarray.NDArray;
import java.util.Map;

/**
 * Log-probs (B, C) of the sampled tokens that are known before the passes of a step and stay as
 * they are; no gradient flows into them.
 *
 * @param mu under the behaviour policy
 * @param current log pi_k: scored once a step. Scored anew in every pass it would equal log
 *     pi_theta, and nothing would ever be clipped
 * @param base under the base policy
 * @param precedent under the precedent policy
 * @param sampler as the sampler computed them; {@code mu} itself where that is what mu stands for
 */
public record FrozenLogprobs(
    NDArray mu, NDArray current, NDArray base, NDArray precedent, NDArray sampler) {
  Map<String, NDArray> byName() {
    return Map.of(
        "mu", mu, "current", current, "base", base, "precedent", precedent, "sampler", sampler);
  }
}
