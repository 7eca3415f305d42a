package dev.sponge.jobs.table;

import java.io.Serializable;
import java.time.Instant;
import java.util.Map;

/**
 * One row of table recalls: a prompt that was forgotten, with all that hung on it. It holds no
 * content of the prompt. Written before the rows go, so that a broken deletion is known.
 */
@Table("a prompt that was forgotten")
public record Recall(
    @Column(value = "prompt that was forgotten", identity = true, check = ColumnCheck.FILLED)
        String promptId,
    @Column(value = "train or test", check = ColumnCheck.FILLED) String split,
    @Column("hash of the problem's content, so that it is not prepared again") String contentHash,
    @Column("why, as the user said") String reason,
    @Column("rows to delete, by table") Map<String, Double> deletedRows,
    @Column("policies that trained on its rollouts, and their descendants") String policies,
    @Column("time of the recall") Instant createdAt,
    @Column(value = "data set of an imported prompt; null for a generated one", nullable = true)
        String source)
    implements Serializable {
  public Recall {
    Rules.filled("recalls", "prompt_id", promptId);
    Rules.filled("recalls", "split", split);
  }
}
