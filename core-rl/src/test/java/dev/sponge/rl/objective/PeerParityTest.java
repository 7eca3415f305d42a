package dev.sponge.rl.objective;

import static dev.sponge.rl.objective.Autograd.array;
import static dev.sponge.rl.objective.Autograd.differentiate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Losses and gradients of verl and TRL on the same numbers; make_objective_fixtures.py wrote them.
 */
class PeerParityTest {
  private static final ClipRange CLIP = new ClipRange(0.2f, 0.28f);

  private final JsonObject fixture = read();
  private final TestBatch batch = new TestBatch();
  private NDManager manager;

  private static JsonObject read() {
    try (Reader reader =
        new InputStreamReader(
            PeerParityTest.class.getResourceAsStream("/objectives/policy_losses.json"),
            StandardCharsets.UTF_8)) {
      return new Gson().fromJson(reader, JsonObject.class);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeEach
  void open() {
    manager = Autograd.manager();
    batch.logp = input("logp");
    batch.mu = input("mu");
    batch.current = input("current");
    batch.base = input("base");
    batch.sampler = batch.mu;
    batch.advantages = input("advantages");
    batch.mask = input("mask");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private double[][] input(String name) {
    return new Gson().fromJson(fixture.getAsJsonObject("inputs").get(name), double[][].class);
  }

  /** Value within 1e-5 and the largest difference of all gradients too. */
  private void assertMatches(String name, Autograd.Result actual) {
    JsonObject expected = fixture.getAsJsonObject("cases").getAsJsonObject(name);
    assertThat((double) actual.value()).isCloseTo(expected.get("loss").getAsDouble(), within(1e-5));
    double[][] gradient = new Gson().fromJson(expected.get("gradient"), double[][].class);
    int columns = gradient[0].length;
    double largest = 0;
    for (int i = 0; i < actual.gradient().length; i++) {
      double difference = Math.abs(actual.gradient()[i] - gradient[i / columns][i % columns]);
      largest = Math.max(largest, difference);
    }
    assertThat(largest).isLessThan(1e-5);
  }

  private Autograd.Result aggregated(LossAggregation by, UnaryOperator<NDArray> tokenLoss) {
    long tokens = Math.round(Arrays.stream(batch.mask).flatMapToDouble(Arrays::stream).sum());
    BatchTotals totals = new BatchTotals(tokens, batch.mask.length, batch.mask[0].length);
    return differentiate(
        batch.logp(manager),
        x -> by.aggregate(tokenLoss.apply(x), array(manager, batch.mask), totals));
  }

  private Autograd.Result aggregated(LossAggregation by, PolicyLoss loss) {
    return aggregated(by, x -> loss.loss(batch.at(x)).loss());
  }

  @ParameterizedTest
  @EnumSource(LossAggregation.class)
  void ppoClipAndEveryAggregationAreVerls(LossAggregation by) {
    String name = "ppo_" + by.name().toLowerCase(Locale.ROOT);
    assertMatches(name, aggregated(by, new PpoClipLoss(CLIP)));
  }

  @Test
  void dualClipIsVerls() {
    assertMatches(
        "dual_clip",
        aggregated(LossAggregation.TOKEN_MEAN, new PpoClipLoss(CLIP, OptionalDouble.of(1.2))));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void gspoIsVerls(boolean tokenLevel) {
    LossAggregation by = LossAggregation.SEQ_MEAN_TOKEN_MEAN;
    ClipRange narrow = new ClipRange(0.02f, 0.04f);
    assertMatches("gspo", aggregated(by, new GspoLoss(narrow, tokenLevel)));
    assertMatches("gspo_wide", aggregated(by, new GspoLoss(CLIP, tokenLevel)));
  }

  @Test
  void cispoIsVerls() {
    assertMatches("cispo", aggregated(LossAggregation.TOKEN_MEAN, new CispoLoss(CLIP)));
  }

  @ParameterizedTest
  @CsvSource({"K1, k1", "K2, k2", "K3, k3", "K3_PLUS, k3+"})
  void klEstimatorsAreVerls(KlEstimator estimator, String name) {
    NDArray base = array(manager, batch.base);
    assertMatches(
        name, aggregated(LossAggregation.TOKEN_MEAN, x -> estimator.estimate(x.sub(base))));
  }

  @Test
  void preferenceLossesAreTorchs() {
    LossAggregation by = LossAggregation.SEQ_MEAN_TOKEN_MEAN;
    assertMatches("dpo", aggregated(by, new OnlineDpoLoss(0.3, false)));
    assertMatches("ipo", aggregated(by, new OnlineDpoLoss(0.3, true)));
  }

  @Test
  void lossesOfTheGrpoFamilyAreTrls() {
    LossAggregation sequences = LossAggregation.SEQ_MEAN_TOKEN_MEAN;
    PolicyLoss ppo = new PpoClipLoss(CLIP);
    assertMatches("trl_dr_grpo", aggregated(LossAggregation.SEQ_MEAN_TOKEN_SUM_NORM, ppo));
    assertMatches("trl_dapo", aggregated(LossAggregation.TOKEN_MEAN, ppo));
    assertMatches("trl_gspo", aggregated(sequences, new GspoLoss(CLIP, false)));
    CispoLoss openBelow = new CispoLoss(new ClipRange(1, 0.28f));
    assertMatches("trl_cispo", aggregated(LossAggregation.TOKEN_MEAN, openBelow));
  }

  @Test
  void grpoWithTheThirdEstimatorInTheLossIsTrls() {
    ObjectiveSettings settings =
        new ObjectiveSettings(
            new PpoClipLoss(CLIP),
            new KlSettings(0.3, KlEstimator.K3, 1, false),
            0,
            LossAggregation.SEQ_MEAN_TOKEN_MEAN,
            1);
    assertMatches(
        "trl_grpo_with_kl",
        differentiate(
            batch.logp(manager),
            x -> ReMixObjective.loss(batch.at(x), settings, new BatchTotals(20, 6, 1)).loss()));
  }
}
