package dev.sponge.jobs.table;

import java.io.Serializable;
import java.time.Instant;

/**
 * One row of table rollouts: one completion of one prompt by one policy version. C is the number of
 * sampled tokens, the sampled EOS included; a response truncated by the length has none.
 */
// Token arrays stay primitive; rows are compared by their keys, never by equals.
@SuppressWarnings("ArrayRecordComponent")
@Table(
    value = "one completion of one prompt by one policy version",
    rules = {
      @Table.Rule(
          name = "behaviour_logprobs_length",
          sql = "size(response_ids) = size(behaviour_logprobs)"),
      @Table.Rule(
          name = "kept_logmass_length",
          sql = "kept_logmass IS NULL OR size(response_ids) = size(kept_logmass)"),
      @Table.Rule(
          name = "behaviour_source_known",
          sql = "behaviour_source IS NULL OR behaviour_source = 'recomputed'")
    })
public record Rollout(
    @Column(
            value = "hash of run, policy version, prompt and sample index",
            identity = true,
            check = ColumnCheck.FILLED)
        String rolloutId,
    @Column(value = "run", check = ColumnCheck.FILLED) String runId,
    @Column(value = "version of the behaviour policy", check = ColumnCheck.NOT_NEGATIVE)
        int policyVersion,
    @Column("prompt") String promptId,
    @Column("group: the G completions of one prompt by one policy version") String groupId,
    @Column(value = "0 .. G-1 in the group", check = ColumnCheck.NOT_NEGATIVE) int sampleIndex,
    @Column("work unit (batch) in which it was generated") int workUnit,
    @Column("token ids of the prompt (P)") int[] promptIds,
    @Column("sampled token ids (C)") int[] responseIds,
    @Column("response as text, special tokens left out") String responseText,
    @Column(
            value = "log-probabilities of the sampled tokens under the sampling distribution (C)",
            check = ColumnCheck.LOGPROBS)
        float[] behaviourLogprobs,
    @Column(
            value =
                "log of the mass that top-k, top-p and min-p kept (C), null without them: added to"
                    + " behaviour_logprobs it gives the untruncated log-probability",
            nullable = true,
            check = ColumnCheck.LOGPROBS)
        float[] keptLogmass,
    @Column("why the generation ended: stop (EOS) or length") String finishReason,
    @Column("derived seed of this rollout") long seed,
    @Column("sampling temperature; 0 is greedy") double temperature,
    @Column("limit on C") int maxNewTokens,
    @Column("CPU model, threads and library versions of the sampler") String engine,
    @Column("dtype of the sampler") String dtype,
    @Column("time of generation") Instant createdAt,
    @Column(
            value =
                "recomputed where behaviour_logprobs are those of a model that was given at import;"
                    + " null where the sampler wrote them",
            nullable = true)
        String behaviourSource)
    implements Serializable {
  /** {@link #behaviourSource} of an imported rollout that came without log-probs. */
  public static final String RECOMPUTED = "recomputed";

  public Rollout {
    Rules.filled("rollouts", "rollout_id", rolloutId);
    Rules.filled("rollouts", "run_id", runId);
    Rules.atLeast("rollouts", "policy_version", policyVersion, 0);
    Rules.atLeast("rollouts", "sample_index", sampleIndex, 0);
    Rules.perToken("rollouts", "behaviour_logprobs", rolloutId, responseIds, behaviourLogprobs);
    Rules.logprobs("rollouts", "behaviour_logprobs", rolloutId, behaviourLogprobs);
    Rules.logprobs("rollouts", "kept_logmass", rolloutId, keptLogmass);
    Rules.perToken("rollouts", "kept_logmass", rolloutId, responseIds, keptLogmass);
    Rules.require(
        behaviourSource == null || behaviourSource.equals(RECOMPUTED),
        "rollouts.behaviour_source of rollout %s is '%s'; it must be recomputed or NULL",
        rolloutId,
        behaviourSource);
  }

  /** A rollout whose log-probs its sampler wrote. */
  @SuppressWarnings("TooManyParameters")
  public Rollout(
      String rolloutId,
      String runId,
      int policyVersion,
      String promptId,
      String groupId,
      int sampleIndex,
      int workUnit,
      int[] promptIds,
      int[] responseIds,
      String responseText,
      float[] behaviourLogprobs,
      float[] keptLogmass,
      String finishReason,
      long seed,
      double temperature,
      int maxNewTokens,
      String engine,
      String dtype,
      Instant createdAt) {
    this(
        rolloutId,
        runId,
        policyVersion,
        promptId,
        groupId,
        sampleIndex,
        workUnit,
        promptIds,
        responseIds,
        responseText,
        behaviourLogprobs,
        keptLogmass,
        finishReason,
        seed,
        temperature,
        maxNewTokens,
        engine,
        dtype,
        createdAt,
        null);
  }
}
