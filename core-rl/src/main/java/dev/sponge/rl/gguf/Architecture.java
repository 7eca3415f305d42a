package dev.sponge.rl.gguf;

import java.util.Arrays;
import java.util.Optional;

/** Values of {@code general.architecture} that can be imported, and what they are elsewhere. */
enum Architecture {
  /** Llama 2 and 3, SmolLM, TinyLlama, Mistral. */
  LLAMA("llama"),
  /** Qwen2, Qwen2.5, DeepSeek-R1-Distill-Qwen. */
  QWEN2("qwen2"),
  QWEN3("qwen3");

  private final String key;

  Architecture(String key) {
    this.key = key;
  }

  static Optional<Architecture> ofKey(String key) {
    return Arrays.stream(values()).filter(value -> value.key.equals(key)).findFirst();
  }

  /** Prefix of the keys of its sizes. */
  String key() {
    return key;
  }

  /**
   * llama.cpp rotates neighbouring rows of a head for this architecture, Hugging Face the two
   * halves of a head; the converter to GGUF has reordered the rows of query and key.
   */
  boolean rowsReordered() {
    return this == LLAMA;
  }

  /** Each head of query and key is normalised. */
  boolean headNorms() {
    return this == QWEN3;
  }
}
