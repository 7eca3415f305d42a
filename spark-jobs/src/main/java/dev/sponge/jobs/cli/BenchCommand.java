package dev.sponge.jobs.cli;

import dev.sponge.jobs.bench.BenchSettings;
import dev.sponge.jobs.bench.GenerateBench;
import dev.sponge.jobs.bench.LoadBench;
import dev.sponge.jobs.bench.ObjectiveBench;
import dev.sponge.jobs.bench.TrainBench;
import dev.sponge.rl.UserError;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code sponge bench}. */
@Command(
    name = "bench",
    description = "Measure a stage of the engine on a model; the last line is JSON.",
    mixinStandardHelpOptions = true,
    versionProvider = Sponge.Version.class,
    subcommands = {
      BenchCommand.Generate.class,
      BenchCommand.Train.class,
      BenchCommand.Objective.class,
      BenchCommand.Load.class,
      BenchTablesCommand.class
    })
final class BenchCommand implements Runnable {
  @ParentCommand private Sponge sponge;

  @Override
  public void run() {
    throw new UserError(
        "Name what to measure: sponge bench generate, train, objective, load or tables.");
  }

  PrintStream out() {
    return sponge.out();
  }

  PrintStream err() {
    return sponge.err();
  }

  /** What all measurements of a model take. */
  static final class Common {
    @Option(
        names = "--dtype",
        paramLabel = "TYPE",
        defaultValue = "f32",
        description = "f32 or bf16 (default: ${DEFAULT-VALUE})")
    private String dtype;

    @Option(
        names = "--threads",
        paramLabel = "N",
        description = "threads of a kernel call (default: all cores)")
    private Integer threads;

    @Option(
        names = "--device",
        paramLabel = "NAME",
        defaultValue = "cpu",
        description = "cpu or gpu (default: ${DEFAULT-VALUE})")
    private String device;

    @Option(
        names = "--repeats",
        paramLabel = "N",
        defaultValue = "3",
        description = "measured runs, of which the fastest counts (default: ${DEFAULT-VALUE})")
    private int repeats;

    BenchSettings settings(Optional<Path> model) {
      if (model.isPresent() && !Files.isDirectory(model.get())) {
        throw new UserError("--model " + model.get() + " is no directory.");
      }
      int cores = Runtime.getRuntime().availableProcessors();
      return BenchSettings.of(
          model,
          dtype,
          device,
          positive("--threads", threads == null ? cores : threads),
          positive("--repeats", repeats));
    }

    static int positive(String flag, int value) {
      if (value < 1) {
        throw new UserError(flag + " " + value + " must be at least 1.");
      }
      return value;
    }
  }

  /** What the measurements of a given model take too. */
  static final class Model {
    @Option(
        names = "--model",
        paramLabel = "DIR",
        required = true,
        description = "Hugging Face model directory")
    private Path directory;

    Optional<Path> get() {
      return Optional.of(directory);
    }
  }

  /** {@code sponge bench generate}. */
  @Command(
      name = "generate",
      description = "Sample from random prompts.",
      mixinStandardHelpOptions = true)
  static final class Generate implements Callable<Integer> {
    @ParentCommand private BenchCommand bench;
    @Mixin private Common common;
    @Mixin private Model model;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "64", description = "rows")
    private int batch;

    @Option(
        names = "--prompt",
        paramLabel = "N",
        defaultValue = "32",
        description = "tokens of a prompt")
    private int prompt;

    @Option(
        names = "--tokens",
        paramLabel = "N",
        defaultValue = "128",
        description = "tokens sampled in a row")
    private int tokens;

    @Override
    public Integer call() {
      bench
          .sponge
          .out()
          .println(
              GenerateBench.run(
                  common.settings(model.get()),
                  Common.positive("--batch", batch),
                  Common.positive("--prompt", prompt),
                  Common.positive("--tokens", tokens)));
      return Sponge.DONE;
    }
  }

  /** {@code sponge bench train}. */
  @Command(
      name = "train",
      description = "Forward pass, backward pass and update on random tokens.",
      mixinStandardHelpOptions = true)
  static final class Train implements Callable<Integer> {
    @ParentCommand private BenchCommand bench;
    @Mixin private Common common;
    @Mixin private Model model;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "8", description = "sequences")
    private int batch;

    @Option(
        names = "--length",
        paramLabel = "N",
        defaultValue = "256",
        description = "tokens of a sequence")
    private int length;

    @Option(
        names = "--micro-batch-tokens",
        paramLabel = "N",
        defaultValue = "16384",
        description = "tokens of one forward and backward pass (default: ${DEFAULT-VALUE})")
    private int microBatchTokens;

    @Option(
        names = "--checkpointing",
        description = "compute every layer once more in the backward pass to save memory")
    private boolean checkpointing;

    @Option(
        names = "--lora-rank",
        paramLabel = "R",
        description = "train an adapter of this rank on all projections")
    private Integer loraRank;

    @Override
    public Integer call() {
      TrainBench.Sizes sizes =
          TrainBench.Sizes.of(
              Common.positive("--batch", batch),
              length < 2 ? Common.positive("--length", length - 1) : length,
              Common.positive("--micro-batch-tokens", microBatchTokens),
              checkpointing,
              Optional.ofNullable(loraRank));
      bench.sponge.out().println(TrainBench.run(common.settings(model.get()), sizes));
      return Sponge.DONE;
    }
  }

  /** {@code sponge bench objective}. */
  @Command(
      name = "objective",
      description = "What advantages and loss cost of a training step, for every policy loss.",
      mixinStandardHelpOptions = true)
  static final class Objective implements Callable<Integer> {
    @ParentCommand private BenchCommand bench;
    @Mixin private Common common;

    @Option(
        names = "--model",
        paramLabel = "DIR",
        description =
            "Hugging Face model directory (default: random weights of SmolLM2-135M's sizes)")
    private Path model;

    @Option(
        names = "--batch",
        paramLabel = "N",
        defaultValue = "8",
        description = "sequences, an even number (default: ${DEFAULT-VALUE})")
    private int batch;

    @Option(
        names = "--prompt",
        paramLabel = "N",
        defaultValue = "64",
        description = "tokens of a prompt (default: ${DEFAULT-VALUE})")
    private int prompt;

    @Option(
        names = "--length",
        paramLabel = "N",
        defaultValue = "256",
        description = "tokens of a sequence, its prompt included (default: ${DEFAULT-VALUE})")
    private int length;

    @Override
    public Integer call() {
      if (batch % 2 != 0) {
        throw new UserError("--batch " + batch + " must be even: two responses to each prompt.");
      }
      if (length <= prompt) {
        throw new UserError("--length " + length + " must be above --prompt " + prompt + ".");
      }
      ObjectiveBench.Sizes sizes =
          new ObjectiveBench.Sizes(
              Common.positive("--batch", batch), Common.positive("--prompt", prompt), length);
      ObjectiveBench.run(common.settings(Optional.ofNullable(model)), sizes)
          .forEach(bench.sponge.out()::println);
      return Sponge.DONE;
    }
  }

  /** {@code sponge bench load}. */
  @Command(
      name = "load",
      description = "Read a model directory and prepare it for generation.",
      mixinStandardHelpOptions = true)
  static final class Load implements Callable<Integer> {
    @ParentCommand private BenchCommand bench;
    @Mixin private Common common;
    @Mixin private Model model;

    @Override
    public Integer call() {
      bench.sponge.out().println(LoadBench.run(common.settings(model.get())));
      return Sponge.DONE;
    }
  }
}
