package dev.sponge.jobs.plan;

/** What memory is used for. */
enum Part {
  PROCESS("JVM and libraries"),
  HEAP("JVM heap, at most"),
  READ("weights as read, float32"),
  CONVERTED("weights in conversion"),
  GENERATOR("generator's weights"),
  ANCHOR("anchor's weights"),
  MASTER("master weights, float32"),
  COMPUTE("weights for products"),
  CRITIC_WEIGHTS("critic's weights"),
  CRITIC_GRADIENTS("critic's gradients"),
  CRITIC_MOMENTS("critic's AdamW moments"),
  GRADIENTS("gradients"),
  MOMENTS("AdamW moments"),
  ACTIVATIONS("activations"),
  LOGITS("logits"),
  CACHE("KV cache"),
  PREFILL("prompts"),
  SNAPSHOT("copy to publish"),
  FREED("freed, kept by malloc");

  private final String label;

  Part(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }
}
