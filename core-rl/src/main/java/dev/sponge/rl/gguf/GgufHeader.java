package dev.sponge.rl.gguf;

import java.util.Map;

/**
 * The checked header of a file.
 *
 * @param tensors by name, in the order of the file
 */
record GgufHeader(GgufMetadata metadata, Map<String, GgufTensor> tensors) {}
