package dev.sponge.jobs.table;

import java.io.Serializable;
import java.time.Instant;
import java.util.Map;

/** One row of table studies: an evaluated policy of a finished run of a study. */
@Table("an evaluated policy of a finished run of a study")
public record StudyPoint(
    @Column(value = "study", identity = true, check = ColumnCheck.FILLED) String study,
    @Column(value = "variant of the study", identity = true, check = ColumnCheck.FILLED)
        String variant,
    @Column(value = "run.seed of the run", identity = true) int seed,
    @Column(value = "hash of the run's configuration", identity = true) String configSha256,
    @Column(
            value = "outer steps before the policy",
            identity = true,
            check = ColumnCheck.NOT_NEGATIVE)
        int step,
    @Column("fresh rollouts before the policy") long rollouts,
    @Column("replayed rollouts before the policy") long replayed,
    @Column("wall-clock of the steps before it, evaluations not counted") double seconds,
    @Column("pass@1 of the greedy responses") double pass1Greedy,
    @Column("pass@1 of the sampled responses") double pass1Sampled,
    @Column(value = "unbiased pass@8; null with fewer than 8 samples", nullable = true)
        Double pass8Sampled,
    @Column("why the run ended before its last step; empty when it did not") String failure,
    @Column("metrics of the step before, and of the evaluation") Map<String, Double> metrics,
    @Column("time of the commit") Instant createdAt)
    implements Serializable {
  public StudyPoint {
    Rules.filled("studies", "study", study);
    Rules.filled("studies", "variant", variant);
    Rules.atLeast("studies", "step", step, 0);
  }
}
