package dev.sponge.rl.tensor;

import ai.djl.Device;
import ai.djl.engine.Engine;
import dev.sponge.rl.UserError;
import java.util.Optional;

/** Finds the device that was asked for. What is asked for and absent is an error, never the CPU. */
public final class Devices {
  private Devices() {}

  /** What {@code engine.device} asks for. */
  public enum Request {
    CPU,
    /** The first GPU of the machine. */
    GPU,
    /** The address that Spark assigned to the task. */
    SPARK
  }

  /**
   * The device of a request, whether or not this machine has it.
   *
   * @param sparkAddress address of resource {@code gpu} that Spark assigned to this task or driver
   * @throws UserError when Spark assigned none, or an address that is no GPU number
   */
  public static Device resolve(Request request, Optional<String> sparkAddress) {
    return switch (request) {
      case CPU -> Device.cpu();
      case GPU -> Device.gpu(0);
      case SPARK -> Device.gpu(gpuNumber(sparkAddress));
    };
  }

  private static int gpuNumber(Optional<String> sparkAddress) {
    String address =
        sparkAddress.orElseThrow(
            () ->
                new UserError(
                    "engine.device = spark, but Spark assigned no gpu to this task; set"
                        + " spark.task.resource.gpu.amount and spark.executor.resource.gpu.amount"
                        + " with a discoveryScript, or engine.device = cpu"));
    try {
      return Integer.parseUnsignedInt(address.strip());
    } catch (NumberFormatException e) {
      throw new UserError(
          "Spark assigned the gpu address '"
              + address
              + "', which is no GPU number; look at the discoveryScript of resource gpu",
          e);
    }
  }

  /**
   * Checks that this machine has the device.
   *
   * @throws UserError when it has not
   */
  public static Device require(Device device) {
    if (device.isGpu()) {
      TorchEngine.start();
      int count = Engine.getInstance().getGpuCount();
      if (device.getDeviceId() >= count) {
        throw new UserError(
            "engine.device asks for "
                + device
                + ", but libtorch sees "
                + count
                + " GPUs here; put a CUDA build of libtorch and a GPU there, or set engine.device ="
                + " cpu");
      }
    }
    return device;
  }
}
