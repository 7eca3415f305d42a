package dev.sponge.jobs.config;

/** Section {@code training}: passes, minibatches and the AdamW optimizer of the policy. */
public record TrainingConfig(
    int passes,
    int minibatches,
    int microBatchSequences,
    int microBatchTokens,
    boolean activationCheckpointing,
    double learningRate,
    int warmupSteps,
    double adamBeta1,
    double adamBeta2,
    double adamEpsilon,
    double weightDecay,
    double maxGradNorm) {

  public TrainingConfig {
    Check.range("training.passes", passes, 1, 1000);
    Check.range("training.minibatches", minibatches, 1, 65_536);
    Check.range("training.micro_batch_sequences", microBatchSequences, 1, 1_000_000);
    Check.range("training.micro_batch_tokens", microBatchTokens, 1, 100_000_000);
    Check.above("training.learning_rate", learningRate, 0, 1);
    Check.range("training.warmup_steps", warmupSteps, 0, 1_000_000);
    Check.range("training.adam_beta1", adamBeta1, 0, 0.999999);
    Check.range("training.adam_beta2", adamBeta2, 0, 0.999999);
    Check.above("training.adam_epsilon", adamEpsilon, 0, 1);
    Check.range("training.weight_decay", weightDecay, 0, 10);
    Check.above("training.max_grad_norm", maxGradNorm, 0, 1e9);
  }

  TrainingConfig withPasses(int newPasses) {
    return new TrainingConfig(
        newPasses,
        minibatches,
        microBatchSequences,
        microBatchTokens,
        activationCheckpointing,
        learningRate,
        warmupSteps,
        adamBeta1,
        adamBeta2,
        adamEpsilon,
        weightDecay,
        maxGradNorm);
  }
}
