package dev.sponge.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.rl.UserError;
import dev.sponge.rl.objective.GePpoLoss;
import dev.sponge.rl.objective.TvLearningRate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ObjectiveConfigTest {
  private static SpongeConfig load(String assignments) {
    Map<String, String> keys = new LinkedHashMap<>();
    for (String assignment : Pattern.compile(" ").splitAsStream(assignments).toList()) {
      int equals = assignment.indexOf('=');
      keys.put(assignment.substring(0, equals), assignment.substring(equals + 1));
    }
    return SpongeConfig.load(Optional.empty(), keys);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "objective.dual_clip=0.9 | objective.dual_clip",
        "objective.loss=gspo objective.aggregation=seq-mean-token-mean | look like bounds of token ratios",
        "objective.loss=gspo-token objective.clip_epsilon_low=3e-4 objective.clip_epsilon_high=4e-4 | objective.aggregation = token-mean contradicts objective.loss = gspo-token",
        "objective.loss=online-dpo objective.aggregation=seq-mean-token-mean rollout.group_size=1 advantage.estimator=reward | online-dpo compares the best and the worst",
        "objective.loss=online-dpo objective.aggregation=seq-mean-token-mean objective.truncated_importance.cap=2 | has no importance ratio",
        "objective.kl.placement=reward | in the reward only k1",
        "objective.kl.placement=reward objective.kl.estimator=full | contradicts objective.kl.estimator = full",
        "objective.loss=asymre objective.aggregation=seq-mean-token-sum | set advantage.estimator = asymre",
        "objective.truncated_importance.cap=2 history.mu=sampler | corrected twice",
        "objective.loss=cispo objective.dual_clip=3 | objective.dual_clip = 3.0 has no meaning for objective.loss = cispo",
        "objective.loss=ppo-clip objective.weight_cap=3 | objective.weight_cap = 3.0 has no meaning for objective.loss = ppo-clip",
        "objective.loss=topr | objective.aggregation = token-mean contradicts",
        "objective.loss=ppo | objective.loss",
        "rollout.group_size=1 | rollout.group_size = 1 contradicts advantage.estimator = grpo",
        "reward.overlong_buffer=-1 | reward.overlong_buffer",
        "reward.overlong_buffer=64 | leaves no room below rollout.max_new_tokens = 64",
        "objective.topr.negative_low=2 | objective.topr.negative_low = 2.0 exceeds objective.topr.negative_high = 1.0",
        "objective.bapo.low.start=0.95 | objective.bapo.low.start = 0.95 exceeds objective.bapo.low.end = 0.9",
        "objective.bapo.low.end=1.1 | objective.bapo.low.end",
        "objective.bapo.high.start=0.9 | objective.bapo.high.start",
        "objective.bapo.high.step=0 | objective.bapo.high.step",
        "objective.loss=geppo objective.geppo.max_policies=1 | objective.geppo.max_policies",
        "rollout.group_size=1 advantage.estimator=reward advantage.zero_variance_groups=drop | one reward has no variance",
        "objective.geppo.adaptive_learning_rate=true | objective.geppo.adaptive_learning_rate = true has no meaning for objective.loss = mix-ppg",
        "objective.geppo.tv_low=2 | objective.geppo.tv_low = 2.0 exceeds objective.geppo.tv_high = 1.0",
        "objective.geppo.tv_factor=1 | objective.geppo.tv_factor",
        "advantage.off_policy=vtrace | needs a critic",
        "advantage.estimator=gae | run.algorithm = remix-grpo contradicts advantage.estimator = gae",
        "advantage.estimator=gae advantage.off_policy=vtrace | run.algorithm = remix-grpo contradicts advantage.estimator = gae",
        "critic.frozen_policy_steps=1 | critic.frozen_policy_steps = 1 trains a critic alone",
        "run.algorithm=remix-ppo advantage.estimator=gae critic.frozen_policy_steps=2 reincarnation.step=2 | leaves no step of phase 1",
        "critic.loss_coefficient=0.1 | critic.loss_coefficient = 0.1 weighs the value loss",
        "objective.loss=geppo history.share=1 | objective.loss = geppo contradicts history.share = 1",
        "history.selection=difficulty run.algorithm=grpo | set run.algorithm = remix-grpo",
        "history.selection=difficulty history.share=1 | begins with fresh groups",
        "history.selection=difficulty history.share=0 history.versions=0 | set history.versions to 1 or more",
        "history.selection=difficulty rollout.group_size=1 advantage.estimator=reinforce++ | one response tells no accuracy",
        "history.selection=difficulty history.share=auto | history.share = auto contradicts history.selection = difficulty",
        "history.selection=difficulty history.share=0 history.selector=ess | history.selector = ess contradicts history.selection = difficulty",
        "history.share=0 history.selector=newest | history.selector = newest contradicts history.share = 0.0",
        "history.share=0 history.eligible.min_ess=0.5 | history.eligible contradicts history.share = 0.0",
        "history.share=0 history.token_budget=9 | history.token_budget = 9 contradicts history.share = 0.0",
        "history.share=0 history.max_lag=1 | history.max_lag contradicts history.share = 0.0",
        "history.share=auto history.versions=0 | history.share = auto contradicts history.versions = 0",
        "history.share=often | must be a number or auto",
        "history.auto.max_share=1 | history.auto.max_share",
        "history.auto.effective=1.5 | history.auto.effective",
        "history.share=auto history.auto.max_share=0.99 | replays all 32 groups",
        "history.max_lag=3 | history.max_lag = 3 exceeds history.versions = 2",
        "history.max_uses=1 | history.max_uses = 1 is below training.passes = 2",
        "history.max_uses=3 | leaves nothing to replay with training.passes = 2",
        "history.max_uses=4 reincarnation.passes_after=5 reincarnation.step=3 | is below reincarnation.passes_after = 5",
        "history.eligible.max_ratio=0.5 | history.eligible.max_ratio",
        "history.eligible.min_ess=1.5 | history.eligible.min_ess",
        "history.priority.decay=0 | history.priority.decay",
        "history.selector=priority history.priority.age=0 history.priority.use=0 | scores every group 0",
        "history.selector=priority history.priority.advantage=1 rollout.group_size=1 advantage.estimator=reinforce++ | history.priority.advantage = 1.0 contradicts rollout.group_size = 1",
        "history.selector=oldest | use uniform, newest, ess, priority",
        "history.difficulty.hard.low=0.5 | history.difficulty.hard.low = 0.5 exceeds history.difficulty.hard.high = 0.125",
        "history.difficulty.replay_from.high=0.7 | exceeds history.difficulty.replay_to",
        "history.difficulty.reroll_every=0 | history.difficulty.reroll_every",
        "rollout.refill_rounds=2 | contradicts advantage.zero_variance_groups = keep",
        "rollout.refill_rounds=2 advantage.zero_variance_groups=drop history.selection=difficulty | fills the batch from the history",
        "rollout.refill_rounds=-1 | rollout.refill_rounds",
        "rollout.prompt_selection.low=0.8 rollout.prompt_selection.high=0.2 | rollout.prompt_selection.low = 0.8 exceeds rollout.prompt_selection.high = 0.2",
        "rollout.prompt_selection.low=-1 | rollout.prompt_selection.low",
        "rollout.prompt_selection.high=1.5 | rollout.prompt_selection.high",
        "rollout.prompt_selection.ask_again_after=0 | rollout.prompt_selection.ask_again_after",
        "rollout.prompt_selection.strategy=hardest | use uniform, difficulty-band, skip-settled",
        "rollout.prompt_selection.predictions=abc | set the strategy to difficulty-band",
        "rollout.prompt_selection.strategy=skip-settled rollout.group_size=1 advantage.estimator=reinforce++ | contradicts rollout.group_size = 1",
        "run.algorithm=ppo | run.algorithm = ppo contradicts advantage.estimator = grpo",
        "run.algorithm=remix-ppo advantage.estimator=gae advantage.off_policy=vtrace adapter.kind=residual | a critic beside"
      })
  void contradictionsFailAtStartWithTheirRemedy(String keys, String message) {
    assertThatThrownBy(() -> load(keys))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @EnumSource(ObjectiveConfig.Loss.class)
  void everyLossCanBeChosen(ObjectiveConfig.Loss loss) {
    SpongeConfig config =
        load(
            "objective.loss="
                + Choice.keyOf(loss)
                + " objective.clip_epsilon_low=3e-4 objective.clip_epsilon_high=4e-4"
                + " objective.aggregation=seq-mean-token-mean advantage.estimator=asymre");
    assertThat(PolicyLosses.of(config.objective())).isNotNull();
  }

  @Test
  void aCriticsAdvantagesAreKeptForReplaysOnRequest() {
    String ppo = "run.algorithm=remix-ppo advantage.estimator=gae advantage.off_policy=";
    assertThat(load(ppo + "stored").advantage().keepsCriticAdvantages()).isTrue();
    assertThat(load(ppo + "vtrace").advantage().keepsCriticAdvantages()).isFalse();
    assertThat(SpongeConfig.defaults().advantage().keepsCriticAdvantages()).isFalse();
  }

  @Test
  void policyAndCriticHaveOneLossOnceThePolicyIsTrained() {
    String ppo = "run.algorithm=ppo advantage.estimator=gae critic.backbone=shared";
    assertThat(load(ppo).critic().isJoint(3)).isFalse();
    CriticConfig critic =
        load(ppo + " critic.loss_coefficient=0.1 critic.frozen_policy_steps=2").critic();
    assertThat(critic.isJoint(1)).isFalse();
    assertThat(critic.isJoint(2)).isTrue();
  }

  @Test
  void geppoNarrowsTheBand() {
    GePpoLoss loss = (GePpoLoss) PolicyLosses.of(load("objective.loss=geppo").objective());
    assertThat(loss.clip().low()).isEqualTo(0.1f); // B = 2, so M = 3: .2 * 2 / 4
  }

  @Test
  void geppoMayAdaptItsLearningRate() {
    GePpoLoss fixed = (GePpoLoss) PolicyLosses.of(load("objective.loss=geppo").objective());
    assertThat(fixed.learningRate()).isEmpty();
    GePpoLoss adaptive =
        (GePpoLoss)
            PolicyLosses.of(
                load("objective.loss=geppo objective.geppo.adaptive_learning_rate=true")
                    .objective());
    assertThat(adaptive.learningRate()).hasValue(new TvLearningRate(0.5, 1, 1.03));
  }

  @Test
  void oneResponseAPromptIsEnoughWithoutAGroupBaseline() {
    assertThat(load("rollout.group_size=1 advantage.estimator=reinforce++").rollout().groupSize())
        .isOne();
  }
}
