package dev.sponge.jobs.run;

import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.tensor.Devices;
import java.io.Serializable;
import java.util.List;

/**
 * Where an executor finds a policy and how it runs it; made on the driver, the same for all tasks.
 *
 * @param checkpointUri directory of the checkpoint
 * @param weightsSha256 tells one policy from another at the same place
 * @param device what to run on
 * @param threads intra-op threads of a task
 * @param dtype of the products
 * @param batchRows samples that run at a time
 * @param stop texts that end a response
 */
public record PolicySource(
    String checkpointUri,
    String weightsSha256,
    Devices.Request device,
    int threads,
    ComputeDtype dtype,
    int batchRows,
    List<String> stop)
    implements Serializable {}
