package dev.sponge.jobs.table;

import java.io.Serializable;
import java.time.Instant;

/** One row of table prompt_difficulty: what a fitted model says of a training prompt. */
@Table("a training prompt's predicted pass rate")
public record PromptDifficulty(
    @Column(value = "prompt", identity = true, check = ColumnCheck.FILLED) String promptId,
    @Column(
            value = "first 16 hex digits of sha256 over what the model was fitted on",
            identity = true,
            check = ColumnCheck.FILLED)
        String fitId,
    @Column(value = "predicted pass rate", check = ColumnCheck.SHARE) double predicted,
    @Column(
            value = "observed pass rate, null without rollouts",
            nullable = true,
            check = ColumnCheck.SHARE)
        Double observed,
    @Column(value = "scored rollouts of the prompt", check = ColumnCheck.NOT_NEGATIVE)
        long rollouts,
    @Column("time of the fit") Instant createdAt)
    implements Serializable {
  public PromptDifficulty {
    Rules.filled("prompt_difficulty", "prompt_id", promptId);
    Rules.filled("prompt_difficulty", "fit_id", fitId);
    Rules.share("prompt_difficulty", "predicted", predicted);
    Rules.share("prompt_difficulty", "observed", observed);
    Rules.require(
        rollouts >= 0, "prompt_difficulty.rollouts of prompt %s is %d", promptId, rollouts);
  }
}
