package dev.sponge.rl.gguf;

import java.util.List;

/**
 * One tensor of a checked header.
 *
 * @param shape sizes, outermost first; their product fits an array
 * @param position first byte in the file
 * @param bytes length in the file
 */
record GgufTensor(String name, List<Long> shape, GgmlType type, long position, long bytes) {
  int elements() {
    return Math.toIntExact(bytes / type.blockBytes() * type.blockSize());
  }
}
