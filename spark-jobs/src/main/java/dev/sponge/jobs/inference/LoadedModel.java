package dev.sponge.jobs.inference;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.sponge.jobs.config.EngineConfig;
import dev.sponge.rl.UserError;
import dev.sponge.rl.model.CausalLm;
import dev.sponge.rl.tensor.Devices;
import dev.sponge.rl.tensor.TorchEngine;
import java.nio.file.Path;
import java.util.Optional;

/** A model of a directory, on its device, until closed. */
public final class LoadedModel implements AutoCloseable {
  private final NDManager manager;
  private final CausalLm model;

  private LoadedModel(NDManager manager, CausalLm model) {
    this.manager = manager;
    this.model = model;
  }

  /**
   * @throws UserError when the directory is no complete model, or the device is not there
   */
  public static LoadedModel open(Path dir, EngineConfig engine) {
    if (engine.device() == Devices.Request.SPARK) {
      throw new UserError("engine.device = spark needs a Spark task; give cpu or gpu.");
    }
    TorchEngine.start(engine.threads());
    Device device = Devices.require(Devices.resolve(engine.device(), Optional.empty()));
    NDManager manager = TorchEngine.newManager(device);
    try {
      return new LoadedModel(manager, CausalLm.load(dir, engine.dtype(), manager));
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  public CausalLm model() {
    return model;
  }

  NDManager manager() {
    return manager;
  }

  @Override
  public void close() {
    model.close();
    manager.close();
  }
}
