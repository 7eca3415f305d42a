package dev.sponge.rl.model;

import java.util.Arrays;
import java.util.Optional;

/**
 * The families of decoders that run here. They share everything but what {@link ModelConfig} says.
 */
public enum Architecture {
  /** Llama 2 and 3, SmolLM2, TinyLlama, DeepSeek-R1-Distill-Llama. */
  LLAMA("llama", "LlamaForCausalLM", false, true, false),
  /** Mistral: Llama with a sliding window. */
  MISTRAL("mistral", "MistralForCausalLM", false, false, false),
  /** Qwen2, Qwen2.5, DeepSeek-R1-Distill-Qwen: Llama with q/k/v bias. */
  QWEN2("qwen2", "Qwen2ForCausalLM", true, false, false),
  /** Qwen3: Llama with normed queries and keys. */
  QWEN3("qwen3", "Qwen3ForCausalLM", false, true, true);

  private final String modelType;
  private final String className;
  private final boolean biasByDefault;
  private final boolean biasBehindAttention;
  private final boolean qkNorm;

  Architecture(
      String modelType,
      String className,
      boolean biasByDefault,
      boolean biasBehindAttention,
      boolean qkNorm) {
    this.modelType = modelType;
    this.className = className;
    this.biasByDefault = biasByDefault;
    this.biasBehindAttention = biasBehindAttention;
    this.qkNorm = qkNorm;
  }

  /** {@code model_type} in config.json. */
  public String modelType() {
    return modelType;
  }

  /** The class in {@code architectures} of config.json. */
  public String className() {
    return className;
  }

  /** What {@code attention_bias} is where config.json does not say. */
  boolean biasByDefault() {
    return biasByDefault;
  }

  /** Whether {@code attention_bias} speaks of the output projection too. */
  boolean biasBehindAttention() {
    return biasBehindAttention;
  }

  /** Whether queries and keys are normed head by head. */
  boolean qkNorm() {
    return qkNorm;
  }

  static Optional<Architecture> ofModelType(String modelType) {
    return Arrays.stream(values()).filter(a -> a.modelType.equals(modelType)).findFirst();
  }
}
