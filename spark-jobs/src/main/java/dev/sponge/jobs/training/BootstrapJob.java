package dev.sponge.jobs.training;

import ai.djl.ndarray.NDManager;
import dev.sponge.datasets.Demonstration;
import dev.sponge.datasets.DemonstrationSettings;
import dev.sponge.datasets.DemonstrationWriter;
import dev.sponge.datasets.NoiseSettings;
import dev.sponge.datasets.Problem;
import dev.sponge.jobs.config.BootstrapConfig;
import dev.sponge.jobs.config.NoiseConfig;
import dev.sponge.jobs.config.PolicyConfig;
import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.report.Progress;
import dev.sponge.jobs.run.CheckpointStore;
import dev.sponge.jobs.run.Hashes;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunPrompts;
import dev.sponge.jobs.table.Policy;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.rl.UserError;
import dev.sponge.rl.model.HfModelDirectory;
import dev.sponge.rl.model.InitialStd;
import dev.sponge.rl.model.ModelConfig;
import dev.sponge.rl.model.ResidualAdapter;
import dev.sponge.rl.model.TokenSequence;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.tensor.ComputeDtype;
import dev.sponge.rl.tensor.Devices;
import dev.sponge.rl.tensor.TorchEngine;
import dev.sponge.rl.text.Tokenizer;
import dev.sponge.rl.training.LearningRateSchedule;
import dev.sponge.rl.training.MicroBatchLimits;
import dev.sponge.rl.training.OptimizerSettings;
import dev.sponge.rl.training.PolicyTrainer;
import dev.sponge.rl.training.TrainedWeights;
import dev.sponge.rl.training.TrainerSettings;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * Makes policy version 0: a given model directory as it is, or a fresh policy after supervised
 * finetuning on noisy demonstrations. The latter is a function of the data, model and bootstrap
 * sections; runs of one work directory share it.
 */
public final class BootstrapJob {
  private static final String DIRECTORY = "bootstrap";
  private static final int HASH_DIGITS = 16;
  private static final double ADAM_EPSILON = 1e-8;
  private static final double WEIGHT_DECAY = 0.01;
  private static final double ADAM_BETA1 = 0.9;

  /** A fresh policy has one value of each ({@link SpongeConfig} refuses others). */
  private static final Set<String> PROMPT_KEYS =
      Set.of(
          "data.style",
          "data.prompt_format",
          "data.system_prompt",
          "data.instruction",
          "data.template",
          "data.sources");

  private final RunContext run;

  public BootstrapJob(RunContext run) {
    this.run = run;
  }

  /** Makes and publishes version 0 of the run. */
  public Policy run() {
    SpongeConfig config = run.config();
    HistorySource.of(run).ifPresent(HistorySource::check);
    CheckpointStore checkpoints = run.checkpoints();
    String origin = origin(config, run);
    String uri = run.lakehouse().root() + "/checkpoints/" + DIRECTORY + "/" + origin;
    Path directory = checkpoints.stage(uri);
    String sha256;
    try (NDManager manager = TorchEngine.newManager(Devices.require(driverDevice()))) {
      if (!checkpoints.exists(uri)) {
        try (Weights weights = weights(manager)) {
          HfModelDirectory.save(directory, weights, run.tokenizerDirectory());
        }
        checkpoints.publish(uri);
      }
      try (Weights weights = HfModelDirectory.load(checkpoints.fetch(uri), manager)) {
        sha256 = weights.sha256();
      }
    }
    Policy policy =
        new Policy(
            run.runId(),
            0,
            origin,
            null,
            0,
            0,
            0,
            uri,
            sha256,
            config.resolved(),
            run.engine(),
            Instant.now(),
            run.tokenizerSha256());
    run.lakehouse().policies().append(policy);
    return policy;
  }

  private static String origin(SpongeConfig config, RunContext run) {
    if (config.offline().takesPolicy()) {
      return HistorySource.offline(run).policy().weightsSha256().substring(0, HASH_DIGITS);
    }
    return config.model().isFresh() ? recipe(config) : modelHash(config.model());
  }

  private Weights weights(NDManager manager) {
    SpongeConfig config = run.config();
    if (config.offline().takesPolicy()) {
      String uri = HistorySource.offline(run).policy().checkpointUri();
      return HfModelDirectory.load(run.checkpoints().fetch(uri), manager);
    }
    return config.model().isFresh() ? finetuned(manager) : given(manager);
  }

  private ai.djl.Device driverDevice() {
    return TrainJob.driverDevice(run);
  }

  private Weights given(NDManager manager) {
    return HfModelDirectory.load(Path.of(run.config().model().dir()), manager);
  }

  private record Example(int[] promptIds, int[] responseIds) implements TokenSequence {
    @Override
    public double temperature() {
      return 1;
    }
  }

  private Weights finetuned(NDManager manager) {
    BootstrapConfig bootstrap = run.config().bootstrap();
    try (Tokenizer tokenizer = Tokenizer.load(run.tokenizerDirectory())) {
      List<Example> examples = examples(tokenizer);
      ModelConfig sizes = sizes(tokenizer);
      int updates = bootstrap.epochs() * (examples.size() / bootstrap.batchSize());
      OptimizerSettings optimizer =
          new OptimizerSettings(
              new LearningRateSchedule(
                  bootstrap.learningRate(),
                  bootstrap.warmupSteps(),
                  updates,
                  bootstrap.finalLearningRateShare()),
              ADAM_BETA1,
              bootstrap.adamBeta2(),
              ADAM_EPSILON,
              WEIGHT_DECAY,
              1);
      try (Weights fresh = Weights.random(sizes, bootstrap.seed(), initialStd(), manager);
          PolicyTrainer trainer =
              new PolicyTrainer(
                  TrainedWeights.full(fresh, ComputeDtype.FLOAT32, manager),
                  optimizer,
                  TrainerSettings.of(run.workers()),
                  manager);
          Progress progress = run.console().progress("bootstrap", updates, "updates")) {
        for (int epoch = 0; epoch < bootstrap.epochs(); epoch++) {
          Collections.shuffle(examples, new Random(bootstrap.seed() + epoch));
          train(trainer, examples, progress);
        }
        return trainer.snapshot(manager);
      }
    }
  }

  private void train(PolicyTrainer trainer, List<Example> examples, Progress progress) {
    int size = run.config().bootstrap().batchSize();
    int micro = (size + run.workers() - 1) / run.workers();
    for (int from = 0; from + size <= examples.size(); from += size) {
      trainer.supervise(examples.subList(from, from + size), MicroBatchLimits.ofSequences(micro));
      progress.advance(1);
    }
  }

  private List<Example> examples(Tokenizer tokenizer) {
    SpongeConfig config = run.config();
    NoiseConfig noise = config.data().noise();
    DemonstrationWriter writer =
        new DemonstrationWriter(
            new DemonstrationSettings(
                config.data().seed(), config.data().selfCheckShare(), noise(noise)));
    List<Prompt> prompts = RunPrompts.train(run);
    if (prompts.isEmpty()) {
      throw new UserError(
          "Table prompts holds no training prompt; fill it with: sponge prepare --work DIR");
    }
    Map<String, int[]> promptIds = new TreeMap<>();
    List<Problem> problems = new ArrayList<>();
    for (Prompt prompt : prompts) {
      promptIds.put(prompt.promptId(), prompt.promptIds());
      problems.add(
          new Problem(
              prompt.promptId(),
              prompt.source(),
              prompt.split(),
              prompt.prompt(),
              prompt.answer(),
              prompt.level(),
              prompt.contentHash()));
    }
    List<Example> examples = new ArrayList<>();
    for (Demonstration demonstration : writer.write(problems, config.bootstrap().examples())) {
      int[] response = tokenizer.encode(demonstration.response());
      int[] ended = Arrays.copyOf(response, response.length + 1);
      ended[response.length] = tokenizer.eosId();
      examples.add(new Example(promptIds.get(demonstration.promptId()), ended));
    }
    return examples;
  }

  private static NoiseSettings noise(NoiseConfig noise) {
    return new NoiseSettings(
        noise.wrongResult(),
        noise.forgottenCarry(),
        noise.wrongCopy(),
        noise.skippedStep(),
        noise.droppedLast(),
        noise.brokenFormat(),
        noise.checkFinds());
  }

  private InitialStd initialStd() {
    PolicyConfig model = run.config().model();
    return new InitialStd((float) model.embeddingStd(), (float) model.linearStd());
  }

  private ModelConfig sizes(Tokenizer tokenizer) {
    PolicyConfig model = run.config().model();
    return ModelConfig.builder()
        .widths(model.hiddenSize(), model.intermediateSize())
        .layers(model.layers())
        .heads(model.heads(), model.kvHeads())
        .vocabSize(tokenizer.vocabSize())
        .maxPositions(model.maxPositions())
        .ropeTheta(model.ropeTheta())
        .tieWordEmbeddings(model.tieEmbeddings())
        .attentionBias(model.attentionBias())
        .specialTokens(tokenizer.eosId(), tokenizer.padId())
        .build();
  }

  /** Hash of every key that shapes the bootstrapped weights. */
  private static String recipe(SpongeConfig config) {
    StringBuilder text = new StringBuilder();
    config
        .values()
        .forEach(
            (key, value) -> {
              if ((key.startsWith("data.") && !PROMPT_KEYS.contains(key))
                  || key.startsWith("model.")
                  || key.startsWith("bootstrap.")
                  || key.startsWith("engine.threads")) {
                text.append(key).append('=').append(value).append('\n');
              }
            });
    return Hashes.sha256(text.toString(), HASH_DIGITS);
  }

  private static String modelHash(PolicyConfig model) {
    Path directory = Path.of(model.dir());
    HfModelDirectory.check(directory);
    if (ResidualAdapter.exists(directory)) {
      throw new UserError(
          "model.dir = "
              + directory
              + " is a checkpoint with a residual adapter ("
              + ResidualAdapter.DIRECTORY
              + "), which cannot be merged into weights; give the model directory that run began from");
    }
    return Hashes.sha256(directory.toAbsolutePath().normalize().toString(), HASH_DIGITS);
  }
}
