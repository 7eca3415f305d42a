package dev.sponge.jobs.config;

/**
 * Section {@code engine}: where and with what arithmetic the policy runs; {@code workers} 0 stands
 * for all cores.
 */
public record EngineConfig(Device device, int threads, int workers, Dtype dtype) {

  /** Where tensors live. */
  public enum Device {
    CPU,
    GPU,
    /** The address that Spark gives the task among its resources. */
    SPARK
  }

  /** Number type of weights and activations. */
  public enum Dtype {
    FLOAT32
  }

  public EngineConfig {
    Check.range("engine.threads", threads, 1, 256);
    Check.range("engine.workers", workers, 0, 1024);
  }
}
