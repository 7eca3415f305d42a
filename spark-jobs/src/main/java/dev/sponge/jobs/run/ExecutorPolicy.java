package dev.sponge.jobs.run;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.sponge.rl.generation.Generator;
import dev.sponge.rl.generation.StopRule;
import dev.sponge.rl.model.CausalLm;
import dev.sponge.rl.model.HfModelDirectory;
import dev.sponge.rl.tensor.Devices;
import dev.sponge.rl.tensor.NativeHeap;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.text.StopStrings;
import dev.sponge.rl.text.Tokenizer;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.apache.spark.util.TaskCompletionListener;

/**
 * A policy on an executor: loaded once from its checkpoint, shared by the tasks there, closed when
 * another policy takes its place and the last task has let go of it.
 */
public final class ExecutorPolicy {
  private static final String CACHE = "sponge-checkpoints";
  // One executor JVM has one engine and runs one policy at a time, whatever session asks.
  private static ExecutorPolicy current;

  private final PolicySource source;
  private final Device device;
  private final NDManager manager;
  private final CausalLm model;
  private final Tokenizer tokenizer;
  private final int[] ends;
  private int users;
  private boolean replaced;

  private ExecutorPolicy(PolicySource source, Device device, Path directory) {
    this.source = source;
    this.device = device;
    manager = TorchEngine.newManager(device);
    model = CausalLm.load(directory, source.dtype(), manager);
    tokenizer = HfModelDirectory.loadTokenizer(directory);
    ends =
        HfModelDirectory.endTokenIds(directory, model.config(), tokenizer).stream()
            .mapToInt(Integer::intValue)
            .toArray();
  }

  /**
   * The policy for the calling task. It is released when the task ends, however it ends.
   *
   * @param hadoop to read the checkpoint with
   */
  public static ExecutorPolicy forTask(PolicySource source, Configuration hadoop) {
    Device device =
        Devices.require(Devices.resolve(source.device(), gpuAddress(TaskContext.get())));
    TorchEngine.start(source.threads());
    ExecutorPolicy policy = acquire(source, device, hadoop);
    TaskCompletionListener release = context -> policy.release();
    TaskContext.get().addTaskCompletionListener(release);
    return policy;
  }

  private static Optional<String> gpuAddress(TaskContext task) {
    ResourceInformation gpu = task.resourcesJMap().get("gpu");
    return gpu == null || gpu.addresses().length == 0
        ? Optional.empty()
        : Optional.of(gpu.addresses()[0]);
  }

  private static synchronized ExecutorPolicy acquire(
      PolicySource source, Device device, Configuration hadoop) {
    if (current == null || !current.source.equals(source) || !current.device.equals(device)) {
      Path cache = Path.of(System.getProperty("java.io.tmpdir"), CACHE);
      Path directory = new CheckpointStore(hadoop, cache).fetch(source.checkpointUri());
      ExecutorPolicy loaded = new ExecutorPolicy(source, device, directory);
      if (current != null) {
        current.replaced = true;
        current.closeIfUnused();
      }
      current = loaded;
    }
    current.users++;
    return current;
  }

  private void release() {
    synchronized (ExecutorPolicy.class) {
      users--;
      closeIfUnused();
    }
  }

  private void closeIfUnused() {
    if (replaced && users == 0) {
      model.close();
      tokenizer.close();
      manager.close();
      NativeHeap.release();
    }
  }

  /** A generator of the calling task. */
  public Generator generator() {
    StopRule stop =
        source.stop().isEmpty()
            ? StopRule.NEVER
            : new StopStrings(tokenizer, source.stop())::endsWith;
    return new Generator(
        model, manager, new Generator.Limits(ends, tokenizer.padId(), source.batchRows(), stop));
  }

  public Tokenizer tokenizer() {
    return tokenizer;
  }
}
