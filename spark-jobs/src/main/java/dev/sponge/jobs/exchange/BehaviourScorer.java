package dev.sponge.jobs.exchange;

import dev.sponge.jobs.config.EngineConfig;
import dev.sponge.jobs.inference.LoadedModel;
import dev.sponge.rl.UserError;
import dev.sponge.rl.generation.FinishReason;
import dev.sponge.rl.model.TokenSequence;
import dev.sponge.rl.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Gives imported completions the token ids and log-probs that they lack.
 *
 * @param tokenizer empty where every completion has token ids
 * @param model empty where every completion has log-probs
 */
record BehaviourScorer(Optional<Tokenizer> tokenizer, Optional<LoadedModel> model)
    implements AutoCloseable {
  /** Completions of a forward pass. */
  private static final int BATCH = 16;

  /**
   * @param directory of the model that sampled the completions
   * @param scores whether log-probs are missing
   */
  static BehaviourScorer open(Optional<Path> directory, EngineConfig engine, boolean scores) {
    return new BehaviourScorer(
        directory.map(Tokenizer::load),
        directory.filter(d -> scores).map(d -> LoadedModel.open(d, engine)));
  }

  /** A completion and the temperature at which it was sampled. */
  private record Sequence(LoggedCompletion completion, double temperature)
      implements TokenSequence {
    @Override
    public int[] promptIds() {
      return completion.promptIds();
    }

    @Override
    public int[] responseIds() {
      return completion.responseIds();
    }
  }

  /**
   * With token ids. A response that is tokenised here gets an EOS, as logs of text drop it, unless
   * its log says that its length ended it.
   */
  LoggedCompletion tokenised(LoggedCompletion logged) {
    if (logged.promptIds() != null && logged.responseIds() != null) {
      return finished(logged, logged.promptIds(), logged.responseIds());
    }
    Tokenizer by = tokenizer.orElseThrow();
    int[] prompt =
        logged.promptIds() != null ? logged.promptIds() : by.encodePlain(logged.prompt());
    return finished(logged, prompt, responseIds(logged, by));
  }

  private static int[] responseIds(LoggedCompletion logged, Tokenizer by) {
    if (logged.responseIds() != null) {
      return logged.responseIds();
    }
    int[] ids = by.encode(logged.response());
    if (FinishReason.LENGTH.label().equals(logged.finishReason())) {
      return ids;
    }
    int[] ended = Arrays.copyOf(ids, ids.length + 1);
    ended[ids.length] = by.eosId();
    return ended;
  }

  private static LoggedCompletion finished(LoggedCompletion logged, int[] prompt, int[] response) {
    if (prompt.length == 0 || response.length == 0) {
      throw new UserError(
          "The rollout of prompt '%s' has no tokens; it cannot be imported."
              .formatted(logged.prompt().strip()));
    }
    return new LoggedCompletion(
        logged.policyVersion(),
        logged.prompt(),
        prompt,
        logged.answer(),
        logged.response(),
        response,
        logged.logprobs(),
        logged.keptLogmass(),
        logged.finishReason() == null ? FinishReason.STOP.label() : logged.finishReason(),
        logged.temperature(),
        logged.score());
  }

  /**
   * (C) log-probs of each completion: its own, at most 0, or those of the model.
   *
   * @param temperature where the log does not tell one
   */
  List<float[]> logprobs(List<LoggedCompletion> completions, double temperature) {
    List<Sequence> missing =
        completions.stream()
            .filter(c -> c.logprobs() == null)
            .map(c -> new Sequence(c, c.temperature() == null ? temperature : c.temperature()))
            .toList();
    List<float[]> scored = new ArrayList<>();
    if (!missing.isEmpty()) {
      model.orElseThrow().model().score(missing, BATCH).forEach(s -> scored.add(s.logprobs()));
    }
    List<float[]> result = new ArrayList<>();
    int next = 0;
    for (LoggedCompletion completion : completions) {
      float[] values = completion.logprobs() == null ? scored.get(next++) : completion.logprobs();
      result.add(atMostZero(values));
    }
    return result;
  }

  /** Rounding may put a certain token a little above 0. */
  private static float[] atMostZero(float[] values) {
    float[] result = values.clone();
    for (int i = 0; i < result.length; i++) {
      result[i] = Math.min(result[i], 0);
    }
    return result;
  }

  @Override
  public void close() {
    model.ifPresent(LoadedModel::close);
    tokenizer.ifPresent(Tokenizer::close);
  }
}
