package dev.sponge.jobs.evaluation;

import dev.sponge.rl.reward.RewardStatus;
import dev.sponge.rl.reward.Verdict;
import dev.sponge.rl.reward.Verifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Judges the responses to one problem, and tells which of them give the same answer. */
final class ProblemJudge {
  private final Verifier verifier;
  private final AnswerFinder finder;

  ProblemJudge(Verifier verifier) {
    this.verifier = verifier;
    finder = AnswerFinder.of(verifier);
  }

  /**
   * @param truncated whether it ended at the token limit
   */
  record Response(String text, boolean truncated) {}

  /**
   * What is kept of a verdict.
   *
   * @param status as table rewards has it
   * @param reward null unless scored, like correct and formatOk
   * @param answer spelled as every equal one; null without one
   */
  record Judgement(
      String status,
      Double reward,
      Boolean correct,
      Boolean formatOk,
      String answer,
      String detail) {}

  /**
   * @param gold null if there is none, which every verifier fails at
   * @return one a response
   */
  List<Judgement> judge(String gold, List<Response> responses) {
    List<Judgement> judgements = new ArrayList<>();
    for (Response response : responses) {
      Verdict verdict = verifier.verify(response.text(), gold, response.truncated());
      String answer = finder.find(response.text(), response.truncated()).orElse(null);
      boolean scored = verdict.status() == RewardStatus.SCORED;
      judgements.add(
          new Judgement(
              verdict.status().name().toLowerCase(Locale.ROOT),
              scored ? verdict.reward() : null,
              scored ? verdict.correct() : null,
              scored ? verdict.formatOk() : null,
              answer,
              verdict.detail()));
    }
    return judgements;
  }
}
