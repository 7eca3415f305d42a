package dev.sponge.jobs.plan;

import dev.sponge.jobs.config.CriticConfig;
import dev.sponge.rl.tensor.ComputeDtype;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What to set so that a moment needs less. */
final class Remedy {
  private static final String LARGER_MACHINE = "a smaller model or more memory";

  private final Workload work;

  Remedy(Workload work) {
    this.work = work;
  }

  /** The remedy of the largest part that has one. */
  String of(Moment moment) {
    List<Map.Entry<Part, Long>> parts = new ArrayList<>(moment.bytes().entrySet());
    parts.sort(Map.Entry.comparingByValue(Comparator.reverseOrder()));
    return parts.stream()
        .flatMap(part -> of(moment.phase(), part.getKey()).stream())
        .findFirst()
        .orElse(LARGER_MACHINE);
  }

  private Optional<String> of(Moment.Phase phase, Part part) {
    return switch (part) {
      case PROCESS, READ, SNAPSHOT -> Optional.empty();
      case HEAP -> Optional.of("a smaller heap (environment variable SPONGE_HEAP)");
      case CONVERTED, GENERATOR, ANCHOR, COMPUTE -> narrower();
      case MASTER, MOMENTS -> adapter();
      case GRADIENTS -> work.workers() > 1 ? oneWorker() : adapter();
      case CRITIC_WEIGHTS, CRITIC_MOMENTS -> sharedBackbone();
      case CRITIC_GRADIENTS -> work.workers() > 1 ? oneWorker() : sharedBackbone();
      case ACTIVATIONS, FREED, LOGITS -> ofBatches(phase, part);
      case CACHE -> Optional.of("rollout.batch_rows below " + work.rollout().rows());
      case PREFILL -> Optional.of("a lower rollout.max_prompt_tokens");
    };
  }

  private Optional<String> ofBatches(Moment.Phase phase, Part part) {
    return switch (phase) {
      case ROLLOUT, EVALUATE ->
          Optional.of("rollout.batch_rows below " + Math.max(2, work.rollout().rows()));
      case SCORE, PUBLISH ->
          work.workers() > 1 ? oneWorker() : Optional.of("a lower rollout.max_new_tokens");
      case TRAIN -> {
        if (part != Part.LOGITS && !work.microBatch().checkpointing()) {
          yield Optional.of("training.activation_checkpointing = true");
        }
        yield work.workers() > 1
            ? oneWorker()
            : Optional.of("training.micro_batch_tokens below " + work.passTokens());
      }
    };
  }

  private Optional<String> adapter() {
    return work.lora().isPresent() ? Optional.empty() : Optional.of("adapter.kind = lora");
  }

  private Optional<String> sharedBackbone() {
    return work.critic().equals(Optional.of(CriticConfig.Backbone.SHARED))
        ? narrower()
        : Optional.of("critic.backbone = shared");
  }

  private Optional<String> narrower() {
    return work.dtype() == ComputeDtype.BFLOAT16
        ? Optional.empty()
        : Optional.of("engine.dtype = bfloat16");
  }

  private static Optional<String> oneWorker() {
    return Optional.of("engine.workers = 1");
  }
}
