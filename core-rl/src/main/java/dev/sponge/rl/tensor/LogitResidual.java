package dev.sponge.rl.tensor;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * A bounded residual of the logits: z = z_base + scale * tanh(U V h) with h (E) the normed stream
 * behind the last layer.
 *
 * @param factors V (r, E), then U (V, r), float32; or none
 * @param scale s, the largest change of a logit
 */
public record LogitResidual(List<NDArray> factors, double scale) {
  /** None at all. */
  public static final LogitResidual NONE = new LogitResidual(List.of(), 0);

  public LogitResidual {
    if (!factors.isEmpty() && factors.size() != 2) {
      throw new IllegalArgumentException(factors.size() + " factors, must be V and U or none");
    }
  }
}
