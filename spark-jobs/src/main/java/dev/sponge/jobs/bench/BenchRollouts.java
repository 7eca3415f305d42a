package dev.sponge.jobs.bench;

import dev.sponge.jobs.training.StepSignals.Scored;
import dev.sponge.rl.model.Architecture;
import dev.sponge.rl.model.ModelConfig;
import dev.sponge.rl.training.TrainingSequence;
import dev.sponge.rl.training.TrainingSequence.Anchors;
import dev.sponge.rl.training.TrainingSequence.Signal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random rollouts to train on, and a model to train where none is given. */
final class BenchRollouts {
  /** The sizes of SmolLM2-135M. */
  static final ModelConfig SMOLLM2_135M =
      ModelConfig.builder()
          .architecture(Architecture.LLAMA)
          .widths(576, 1536)
          .layers(30)
          .heads(9, 3)
          .vocabSize(49_152)
          .maxPositions(8192)
          .ropeTheta(100_000)
          .rmsNormEps(1e-5)
          .tieWordEmbeddings(true)
          .attentionBias(false)
          .specialTokens(2, 2)
          .build();

  private static final double SPREAD = 0.05;

  private BenchRollouts() {}

  /** Two rollouts of each prompt, the first right and the second wrong; half are replayed. */
  static List<Scored> random(ObjectiveBench.Sizes sizes, int vocab) {
    Random random = new Random(1);
    List<Scored> rollouts = new ArrayList<>();
    int tokens = sizes.length() - sizes.prompt();
    for (int i = 0; i < sizes.batch(); i++) {
      int group = i / 2;
      float[] current = new float[tokens];
      for (int t = 0; t < tokens; t++) {
        current[t] = (float) -Math.abs(random.nextGaussian());
      }
      TrainingSequence sequence =
          new TrainingSequence(
              "rollout " + i,
              group % 2,
              random.ints(sizes.prompt(), 0, vocab).toArray(),
              random.ints(tokens, 0, vocab).toArray(),
              1,
              Signal.constant(0, tokens),
              new Anchors(
                  near(current, random),
                  current,
                  near(current, random),
                  near(current, random),
                  near(current, random)));
      rollouts.add(new Scored(group, 1 - i % 2, sequence));
    }
    return rollouts;
  }

  private static float[] near(float[] logprobs, Random random) {
    float[] moved = logprobs.clone();
    for (int t = 0; t < moved.length; t++) {
      moved[t] += (float) (SPREAD * random.nextGaussian());
    }
    return moved;
  }
}
