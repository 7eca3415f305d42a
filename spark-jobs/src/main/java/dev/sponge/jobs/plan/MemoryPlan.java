package dev.sponge.jobs.plan;

import dev.sponge.jobs.config.CriticConfig.Backbone;
import dev.sponge.jobs.plan.Moment.Phase;
import dev.sponge.jobs.plan.Workload.Sampling;
import dev.sponge.rl.model.LoraSettings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The memory of a run, moment by moment. The generator of the local executor stays loaded while the
 * driver scores and trains.
 */
record MemoryPlan(List<Moment> moments) {

  /**
   * What the process needs beside tensors, in bytes.
   *
   * @param process JVM and native libraries
   * @param heap of the JVM, at most
   */
  record Host(long process, long heap) {
    /** What a JVM with libtorch has beside its heap and tensors; measured. */
    static final long PROCESS = 300L << 20;

    static final Host NONE = new Host(0, 0);
  }

  MemoryPlan {
    moments = List.copyOf(moments);
  }

  /** All moments of a run that may be the largest. */
  static MemoryPlan of(Workload work, Host host) {
    return new Builder(work, host).run();
  }

  /**
   * The same where the driver scores, trains and publishes while tasks sample: each such moment
   * meets every moment of the rollouts.
   */
  MemoryPlan overlapped() {
    List<Moment> sampling = of(EnumSet.of(Phase.ROLLOUT)).moments;
    List<Moment> all = new ArrayList<>(moments);
    for (Moment moment : of(EnumSet.of(Phase.SCORE, Phase.TRAIN, Phase.PUBLISH)).moments) {
      sampling.forEach(rollouts -> all.add(moment.beside(rollouts)));
    }
    return new MemoryPlan(all);
  }

  /** The moments of some phases. */
  MemoryPlan of(Set<Phase> some) {
    return new MemoryPlan(moments.stream().filter(m -> some.contains(m.phase())).toList());
  }

  /** The largest moment of all. */
  Moment peak() {
    return largest(moments);
  }

  /** The largest moment of every phase that there is. */
  List<Moment> phases() {
    List<Moment> result = new ArrayList<>();
    for (Phase phase : Phase.values()) {
      List<Moment> ofPhase = of(EnumSet.of(phase)).moments;
      if (!ofPhase.isEmpty()) {
        result.add(largest(ofPhase));
      }
    }
    return result;
  }

  /** Whether all of it fits into so many bytes. */
  boolean fits(long available) {
    return peak().total() <= available;
  }

  private static Moment largest(List<Moment> candidates) {
    return candidates.stream().max(Comparator.comparingLong(Moment::total)).orElseThrow();
  }

  private static final class Builder {
    /**
     * Share of the activations that glibc's malloc holds beside them: freed blocks that nothing
     * fits into. Measured with a model of 135 M parameters.
     */
    private static final double FREED_ACTIVATIONS = 0.2;

    private final Workload work;
    private final Host host;
    private final TensorSizes sizes;
    private final List<Moment> moments = new ArrayList<>();

    Builder(Workload work, Host host) {
      this.work = work;
      this.host = host;
      sizes = new TensorSizes(work.model(), work.dtype(), work.gpu());
    }

    MemoryPlan run() {
      // The policy before stays until the new one is complete.
      add(Phase.ROLLOUT, "load", loading(2 * sizes.decoder(), 0));
      add(Phase.ROLLOUT, "sample", sampling(work.rollout()));
      add(Phase.EVALUATE, "load", loading(2 * sizes.decoder(), 0));
      add(Phase.EVALUATE, "sample", sampling(work.evaluation()));
      add(Phase.SCORE, "load", loading(sizes.decoder(), sizes.decoder()));
      add(Phase.SCORE, "score", scoring());
      work.critic().ifPresent(this::addCritic);
      Map<Part, Long> load = new EnumMap<>(weights());
      load.putAll(critic());
      load.put(Part.READ, sizes.float32());
      add(Phase.TRAIN, "load", load);
      Map<Part, Long> update = update();
      update.putAll(critic());
      add(Phase.TRAIN, "update", update);
      Map<Part, Long> publish = trainer();
      publish.put(Part.FREED, update().get(Part.FREED));
      publish.put(Part.SNAPSHOT, snapshot());
      publish.putAll(critic());
      add(Phase.PUBLISH, "copy", publish);
      return new MemoryPlan(moments);
    }

    /** The critic comes before the policy's trainer and stays beside it. */
    private void addCritic(Backbone backbone) {
      Map<Part, Long> load = new EnumMap<>(critic());
      load.put(Part.GENERATOR, sizes.decoder());
      load.put(Part.READ, sizes.float32());
      add(Phase.TRAIN, "critic load", load);
      long tokens = work.trainedTokens();
      int length = work.microBatch().length();
      long activations =
          switch (backbone) {
            case OWN -> sizes.training(tokens, length, work.microBatch().checkpointing());
            // The stream is computed without autograd: no gradient goes through it here.
            case SHARED -> sizes.scoring(tokens, length);
          };
      Map<Part, Long> update = new EnumMap<>(critic());
      update.put(Part.GENERATOR, sizes.decoder());
      update.put(Part.ACTIVATIONS, activations);
      update.put(Part.FREED, freed(activations) + freedWeights());
      add(Phase.TRAIN, "critic update", update);
    }

    private Map<Part, Long> critic() {
      Map<Part, Long> parts = new EnumMap<>(Part.class);
      work.critic()
          .ifPresent(
              backbone -> {
                long trained = sizes.criticParameters(backbone);
                parts.put(Part.CRITIC_WEIGHTS, sizes.criticWeights(backbone));
                parts.put(Part.CRITIC_GRADIENTS, work.workers() * trained);
                parts.put(Part.CRITIC_MOMENTS, 2 * trained);
              });
      return parts;
    }

    private void add(Phase phase, String name, Map<Part, Long> parts) {
      Map<Part, Long> all = new EnumMap<>(parts);
      all.put(Part.PROCESS, host.process());
      all.put(Part.HEAP, host.heap());
      all.values().removeIf(bytes -> bytes == 0);
      moments.add(new Moment(phase, name, all));
    }

    private Map<Part, Long> loading(long generators, long anchor) {
      Map<Part, Long> parts = new EnumMap<>(Part.class);
      parts.put(Part.GENERATOR, generators);
      parts.put(Part.ANCHOR, anchor);
      parts.put(Part.READ, sizes.float32());
      parts.put(Part.CONVERTED, sizes.conversion());
      return parts;
    }

    private Map<Part, Long> sampling(Sampling sampling) {
      Map<Part, Long> parts = new EnumMap<>(Part.class);
      parts.put(Part.GENERATOR, sizes.decoder());
      parts.put(Part.CACHE, caches(sampling));
      parts.put(Part.PREFILL, sampling.tasks() * sizes.prefill(sampling));
      parts.put(Part.LOGITS, sampling.tasks() * sizes.draws(sampling));
      return parts;
    }

    private Map<Part, Long> scoring() {
      int length = work.microBatch().length();
      long tokens = work.scoredTokens();
      Map<Part, Long> parts = new EnumMap<>(Part.class);
      parts.put(Part.GENERATOR, sizes.decoder());
      parts.put(Part.ANCHOR, sizes.decoder());
      parts.put(Part.ACTIVATIONS, sizes.scoring(tokens, length));
      parts.put(Part.FREED, freed(parts.get(Part.ACTIVATIONS)));
      parts.put(Part.LOGITS, sizes.logits(tokens, work.workers()));
      return parts;
    }

    /** What training begins with: the generator and the anchors too, which stay. */
    private Map<Part, Long> weights() {
      boolean separate = work.lora().isPresent() || sizes.compute() != sizes.float32();
      Map<Part, Long> parts = new EnumMap<>(Part.class);
      parts.put(Part.GENERATOR, sizes.decoder());
      parts.put(Part.MASTER, sizes.float32() + work.lora().map(sizes::factors).orElse(0L));
      parts.put(Part.COMPUTE, separate ? sizes.compute() : 0);
      parts.put(Part.ANCHOR, work.trainingAnchors() * sizes.decoder());
      return parts;
    }

    private Map<Part, Long> trainer() {
      Optional<LoraSettings> lora = work.lora();
      long trained = lora.map(sizes::factors).orElseGet(sizes::float32);
      Map<Part, Long> parts = weights();
      parts.put(Part.GRADIENTS, work.workers() * trained);
      parts.put(Part.MOMENTS, 2 * trained);
      return parts;
    }

    private Map<Part, Long> update() {
      long tokens = work.trainedTokens();
      long threads = Math.min(work.workers(), work.updateSequences());
      long head = work.lora().isPresent() ? 0 : sizes.headGradient();
      Map<Part, Long> parts = trainer();
      parts.put(
          Part.ACTIVATIONS,
          sizes.training(tokens, work.microBatch().length(), work.microBatch().checkpointing()));
      parts.put(Part.FREED, freed(parts.get(Part.ACTIVATIONS)) + freedWeights());
      boolean checkpointing = work.microBatch().checkpointing();
      int anchors = work.trainingAnchors();
      parts.put(
          Part.LOGITS,
          sizes.trainedLogits(tokens, threads, checkpointing)
              + sizes.anchoredLogits(tokens, threads, anchors)
              + threads * head);
      return parts;
    }

    private long freed(long activations) {
      return work.gpu() ? 0 : (long) (FREED_ACTIVATIONS * activations);
    }

    /** The weights that were read are gone, their blocks are not. */
    private long freedWeights() {
      return work.gpu() ? 0 : sizes.float32();
    }

    private long caches(Sampling sampling) {
      return sampling.tasks() * sizes.cache(sampling);
    }

    /** The weights in float32; with an adapter they are merged before. */
    private long snapshot() {
      return work.lora().isPresent() ? 2 * sizes.float32() : sizes.float32();
    }
  }
}
