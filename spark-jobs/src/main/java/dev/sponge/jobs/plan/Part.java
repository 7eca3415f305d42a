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
  GRADIENTS("gradients"),
  MOMENTS("AdamW moments"),
  ACTIVATIONS("activations"),
  LOGITS("logits"),
  CACHE("KV cache"),
  PREFILL("prompts"),
  SNAPSHOT("copy to publish");

  private final String label;

  Part(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }
}
