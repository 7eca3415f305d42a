package dev.sponge.jobs.config;

/** Section {@code bootstrap}: supervised finetuning of a fresh policy on noisy demonstrations. */
public record BootstrapConfig(
    int examples,
    int epochs,
    int batchSize,
    double learningRate,
    int warmupSteps,
    double finalLearningRateShare,
    double adamBeta2,
    long seed) {

  public BootstrapConfig {
    Check.range("bootstrap.examples", examples, 1, 100_000_000);
    Check.range("bootstrap.epochs", epochs, 1, 10_000);
    Check.range("bootstrap.batch_size", batchSize, 1, 65_536);
    Check.above("bootstrap.learning_rate", learningRate, 0, 1);
    Check.range("bootstrap.warmup_steps", warmupSteps, 0, 1_000_000);
    Check.share("bootstrap.final_learning_rate_share", finalLearningRateShare);
    Check.range("bootstrap.adam_beta2", adamBeta2, 0, 0.999999);
  }
}
