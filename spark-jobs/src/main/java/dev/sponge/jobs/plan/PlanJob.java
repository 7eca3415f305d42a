package dev.sponge.jobs.plan;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.sponge.jobs.config.RunConfig;
import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.plan.MemoryPlan.Host;
import dev.sponge.jobs.plan.Moment.Phase;
import dev.sponge.jobs.report.TextTable;
import dev.sponge.rl.UserError;
import dev.sponge.rl.model.ModelConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Says what memory a run needs in one process and whether it is there. Reads no weights. On a GPU
 * it counts the memory of the GPU alone.
 */
public final class PlanJob {
  private static final double GIB = 1L << 30;

  private final Path directory;
  private final Workload work;
  private final MemoryPlan plan;
  private final long available;

  /**
   * @param config of the run, as its algorithm uses it
   * @param memory as text such as {@code 24g}, or nothing for that of this machine
   * @throws UserError when there is no model, its {@code config.json} cannot be used, or nobody
   *     says how much memory there is
   */
  public PlanJob(SpongeConfig config, Optional<String> memory) {
    if (config.model().isFresh()) {
      throw new UserError("A plan needs a model; give its directory with --model DIR.");
    }
    directory = Path.of(config.model().dir());
    if (!Files.isDirectory(directory)) {
      throw new UserError(
          "model.dir = " + directory + " is no directory; give a Hugging Face model directory.");
    }
    ModelConfig model = ModelConfig.read(directory.resolve(ModelConfig.FILE_NAME));
    work = Workload.of(config, model, Runtime.getRuntime().availableProcessors());
    available = memory.map(AvailableMemory::parse).orElseGet(() -> found(work.gpu()));
    plan = inMode(config.run().mode());
  }

  private MemoryPlan inMode(RunConfig.Mode mode) {
    MemoryPlan whole =
        MemoryPlan.of(
            work,
            work.gpu() ? Host.NONE : new Host(Host.PROCESS, Runtime.getRuntime().maxMemory()));
    return switch (mode) {
      case BOTH -> whole;
      case EXPLORE -> whole.of(EnumSet.of(Phase.ROLLOUT, Phase.EVALUATE));
      case ASYNC -> whole.overlapped();
    };
  }

  private static long found(boolean gpu) {
    if (gpu) {
      throw new UserError(
          "engine.device is a GPU, whose memory a plan does not ask for; give it with --memory,"
              + " such as --memory 24g.");
    }
    return AvailableMemory.ofThisMachine()
        .orElseThrow(
            () ->
                new UserError(
                    "This system does not say how much memory it has; give it with --memory, such"
                        + " as --memory 24g."));
  }

  /** Whether the largest moment fits. */
  public boolean fits() {
    return plan.fits(available);
  }

  /** The plan as lines of text. */
  public List<String> lines() {
    List<Moment> phases = plan.phases();
    List<String> header = new ArrayList<>(List.of("GiB"));
    phases.forEach(moment -> header.add(name(moment.phase())));
    List<List<String>> rows = new ArrayList<>();
    for (Part part : Part.values()) {
      if (phases.stream().anyMatch(moment -> moment.of(part) > 0)) {
        List<String> row = new ArrayList<>(List.of(part.label()));
        phases.forEach(moment -> row.add(moment.of(part) == 0 ? "" : gib(moment.of(part))));
        rows.add(row);
      }
    }
    List<String> sum = new ArrayList<>(List.of("in all"));
    phases.forEach(moment -> sum.add(gib(moment.total())));
    rows.add(sum);
    List<String> lines = new ArrayList<>();
    lines.add(describe());
    lines.addAll(TextTable.format(header, rows));
    lines.add(verdict());
    return lines;
  }

  private String describe() {
    ModelConfig model = work.model();
    return String.format(
        Locale.ROOT,
        "%s: %s, %d layers, %.1f M parameters; %s, workers: %d, %s%s",
        directory,
        model.architecture().name().toLowerCase(Locale.ROOT),
        model.numHiddenLayers(),
        model.numParameters() / 1e6,
        work.dtype().label(),
        work.workers(),
        work.lora().map(lora -> "adapter of rank " + lora.rank()).orElse("all weights trained"),
        work.critic().map(backbone -> ", critic.backbone = " + name(backbone)).orElse(""));
  }

  private String verdict() {
    Moment peak = plan.peak();
    String most =
        "at most %s GiB, in %s; there are %s GiB: "
            .formatted(gib(peak.total()), name(peak.phase()), gib(available));
    return most + (fits() ? "it fits" : "it does not fit. Give " + new Remedy(work).of(peak) + ".");
  }

  /** The plan as one line of JSON, with every moment in bytes. */
  public String json() {
    Gson gson = new Gson();
    JsonObject json = new JsonObject();
    json.addProperty("model", directory.toString());
    json.addProperty("parameters", work.model().numParameters());
    JsonArray moments = new JsonArray();
    for (Moment moment : plan.moments()) {
      JsonObject object = new JsonObject();
      object.addProperty("phase", name(moment.phase()));
      object.addProperty("moment", moment.name());
      JsonObject parts = new JsonObject();
      moment.bytes().forEach((part, bytes) -> parts.addProperty(name(part), bytes));
      object.add("bytes", parts);
      object.addProperty("total", moment.total());
      moments.add(object);
    }
    json.add("moments", moments);
    json.addProperty("peak_bytes", plan.peak().total());
    json.addProperty("available_bytes", available);
    json.addProperty("fits", fits());
    if (!fits()) {
      json.addProperty("remedy", new Remedy(work).of(plan.peak()));
    }
    return gson.toJson(json);
  }

  private static String name(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static String gib(long bytes) {
    return String.format(Locale.ROOT, "%.2f", bytes / GIB);
  }
}
