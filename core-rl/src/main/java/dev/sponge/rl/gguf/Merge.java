package dev.sponge.rl.gguf;

/** Two tokens that join to a third. */
record Merge(String left, String right) {}
