package dev.sponge.jobs.table;

import java.io.Serializable;
import java.time.Instant;

/**
 * One row of table prompts_rejected: a row of a data set that never became a prompt, or a prompt
 * that training does not ask any more.
 */
@Table("a row of a data set that was not imported, or a prompt that is not asked in training")
public record RejectedPrompt(
    @Column(
            value = "first 16 hex digits of sha256 over what names the row",
            identity = true,
            check = ColumnCheck.FILLED)
        String rejectedId,
    @Column(value = "prompt; null for a row that never became one", nullable = true)
        String promptId,
    @Column("data set the row came from") String source,
    @Column(value = "train or test", check = ColumnCheck.FILLED) String split,
    @Column(value = "file:row, rows counted from 1", nullable = true) String place,
    @Column(value = "why, as a word", check = ColumnCheck.FILLED) String reason,
    @Column("why, in a sentence") String detail,
    @Column(value = "the prompt that it is like", nullable = true) String similarTo,
    @Column(value = "Jaccard similarity to that prompt", nullable = true, check = ColumnCheck.SHARE)
        Double similarity,
    @Column("first 200 characters of the row or prompt") String excerpt,
    @Column("time of the rejection") Instant createdAt)
    implements Serializable {
  private static final int EXCERPT = 200;

  public RejectedPrompt {
    Rules.filled("prompts_rejected", "rejected_id", rejectedId);
    Rules.filled("prompts_rejected", "split", split);
    Rules.filled("prompts_rejected", "reason", reason);
    Rules.share("prompts_rejected", "similarity", similarity);
  }

  /** What the excerpt of a text is. */
  public static String excerpt(String text) {
    int end = Math.min(text.length(), EXCERPT);
    // Never half of a surrogate pair.
    boolean split = end < text.length() && Character.isHighSurrogate(text.charAt(end - 1));
    return text.substring(0, split ? end - 1 : end);
  }
}
