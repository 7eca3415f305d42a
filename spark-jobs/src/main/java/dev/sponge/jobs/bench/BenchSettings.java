package dev.sponge.jobs.bench;

import ai.djl.Device;
import dev.sponge.rl.UserError;
import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.tensor.Devices;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What every measurement needs.
 *
 * @param model Hugging Face model directory, or nothing for random weights
 * @param dtype of the products
 * @param threads of one kernel call
 * @param device to run on
 * @param repeats measured runs; the fastest counts
 */
public record BenchSettings(
    Optional<Path> model, ComputeDtype dtype, int threads, Device device, int repeats) {

  /** The directory of a measurement that needs one. */
  Path directory() {
    return model.orElseThrow(() -> new UserError("--model DIR is missing."));
  }

  /**
   * @param dtype {@code f32} or {@code bf16}
   * @param device {@code cpu} or {@code gpu}
   * @throws UserError for other words, and for a GPU that is not there
   */
  public static BenchSettings of(
      Optional<Path> model, String dtype, String device, int threads, int repeats) {
    ComputeDtype type =
        switch (dtype) {
          case "f32", "float32" -> ComputeDtype.FLOAT32;
          case "bf16", "bfloat16" -> ComputeDtype.BFLOAT16;
          default -> throw new UserError("--dtype " + dtype + " must be f32 or bf16.");
        };
    Devices.Request request =
        switch (device) {
          case "cpu" -> Devices.Request.CPU;
          case "gpu" -> Devices.Request.GPU;
          default -> throw new UserError("--device " + device + " must be cpu or gpu.");
        };
    Device found = Devices.require(Devices.resolve(request, Optional.empty()));
    return new BenchSettings(model, type, threads, found, repeats);
  }
}
