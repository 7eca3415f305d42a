package dev.sponge.rl.model;

import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.function.Supplier;

/**
 * A float32 tensor that is made when its bytes are written.
 *
 * @param values called once; as many values as the shape holds, row-major
 */
public record TensorSource(String name, Shape shape, Supplier<FloatBuffer> values) {}
