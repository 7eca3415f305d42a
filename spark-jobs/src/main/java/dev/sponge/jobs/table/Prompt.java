package dev.sponge.jobs.table;

import java.io.Serializable;

/**
 * One row of the prompts table: a problem with its gold answer. A generated prompt is stored as the
 * policy sees it, with its tokens; an imported one as the data set has it, and without tokens: it
 * is rendered and tokenised when it is asked.
 */
// Token arrays stay primitive; rows are compared by their keys, never by equals.
@SuppressWarnings("ArrayRecordComponent")
@Table(
    value = "a problem with its gold answer",
    retired = {@Table.Rule(name = "prompt_ids_filled", sql = "size(prompt_ids) > 0")})
public record Prompt(
    @Column(
            value = "first 16 hex digits of sha256(source, prompt text)",
            identity = true,
            check = ColumnCheck.FILLED)
        String promptId,
    @Column("data set or generator the problem came from") String source,
    @Column(value = "train or test", check = ColumnCheck.FILLED) String split,
    @Column("prompt text; of an imported problem without template and instruction") String prompt,
    @Column("token ids of the prompt (P); empty for an imported one, which is rendered when asked")
        int[] promptIds,
    @Column("gold answer; several accepted ones as a JSON array of strings") String answer,
    @Column("level of a generated problem: number of operations; 0 for others") int level,
    @Column("hash of the problem's content, the same in every template") String contentHash,
    @Column(value = "difficulty as the data set gives it", nullable = true) Double difficulty,
    @Column(value = "subject as the data set gives it", nullable = true) String subject,
    @Column(value = "id within the data set", nullable = true) String sourceId,
    @Column(value = "the data set's other fields, a JSON object", nullable = true) String metadata)
    implements Serializable {
  public Prompt {
    Rules.filled("prompts", "prompt_id", promptId);
    Rules.filled("prompts", "split", split);
  }

  /** A prompt of which no data set says more. */
  public Prompt(
      String promptId,
      String source,
      String split,
      String prompt,
      int[] promptIds,
      String answer,
      int level,
      String contentHash) {
    this(
        promptId,
        source,
        split,
        prompt,
        promptIds,
        answer,
        level,
        contentHash,
        null,
        null,
        null,
        null);
  }

  /** Whether it is rendered and tokenised when it is asked. */
  public boolean isRaw() {
    return promptIds.length == 0;
  }

  /** The same prompt as a policy sees it. */
  public Prompt rendered(String text, int[] ids) {
    return new Prompt(
        promptId,
        source,
        split,
        text,
        ids,
        answer,
        level,
        contentHash,
        difficulty,
        subject,
        sourceId,
        metadata);
  }
}
