package dev.sponge.jobs.config;

import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.tensor.Devices;

/**
 * Section {@code engine}: where and with what arithmetic the policy runs; {@code workers} 0 stands
 * for all cores.
 */
public record EngineConfig(Devices.Request device, int threads, int workers, ComputeDtype dtype) {

  public EngineConfig {
    Check.range("engine.threads", threads, 1, 256);
    Check.range("engine.workers", workers, 0, 1024);
  }
}
