package dev.sponge.jobs.bench;

import ai.djl.Device;
import dev.sponge.rl.tensor.ComputeDtype;
import java.nio.file.Path;

/**
 * What every measurement needs.
 *
 * @param model Hugging Face model directory
 * @param dtype of the products
 * @param threads of one kernel call
 * @param device to run on
 * @param repeats measured runs; the fastest counts
 */
public record BenchSettings(
    Path model, ComputeDtype dtype, int threads, Device device, int repeats) {}
