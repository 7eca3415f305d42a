package dev.sponge.jobs.training;

import ai.djl.ndarray.NDManager;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.rl.training.JointCritic;
import dev.sponge.rl.training.StepPlan;
import java.util.Map;
import java.util.Optional;

/** The critic of PPO, or none. */
record Critics(Optional<CriticStage> stage) implements AutoCloseable {
  static Critics of(RunContext run, RunState state, AdvantageStore store, NDManager manager) {
    return new Critics(
        run.config().advantage().needsCritic()
            ? Optional.of(new CriticStage(run, state, store, manager))
            : Optional.empty());
  }

  Map<String, Double> train(StepPlan plan) {
    return stage.map(critic -> critic.train(plan)).orElse(Map.of());
  }

  Optional<JointCritic> joint(int step) {
    return stage.flatMap(critic -> critic.joint(step));
  }

  @Override
  public void close() {
    stage.ifPresent(CriticStage::close);
  }
}
