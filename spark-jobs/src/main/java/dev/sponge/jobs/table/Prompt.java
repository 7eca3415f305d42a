package dev.sponge.jobs.table;

import java.io.Serializable;

/** One row of the prompts table: a problem as the policy sees it, with its gold answer. */
// Token arrays stay primitive; rows are compared by their keys, never by equals.
@SuppressWarnings("ArrayRecordComponent")
@Table(
    value = "a problem as the policy sees it, with its gold answer",
    rules = {@Table.Rule(name = "prompt_ids_filled", sql = "size(prompt_ids) > 0")})
public record Prompt(
    @Column(
            value = "first 16 hex digits of sha256(source, prompt text)",
            identity = true,
            check = ColumnCheck.FILLED)
        String promptId,
    @Column("data set or generator the problem came from") String source,
    @Column(value = "train or test", check = ColumnCheck.FILLED) String split,
    @Column("prompt text") String prompt,
    @Column("token ids of the prompt (P)") int[] promptIds,
    @Column("gold answer") String answer,
    @Column("difficulty: number of operations") int level,
    @Column("hash of the problem's content, the same in every template") String contentHash)
    implements Serializable {
  public Prompt {
    Rules.filled("prompts", "prompt_id", promptId);
    Rules.filled("prompts", "split", split);
    Rules.require(promptIds.length > 0, "prompts.prompt_ids of prompt %s is empty", promptId);
  }
}
