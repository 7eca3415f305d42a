package dev.sponge.jobs.table;

import java.util.Comparator;
import java.util.List;

/** The curves of studies, partitioned by (study, variant). */
public final class StudiesTable extends LakeTable<StudyPoint> {
  StudiesTable(Storage storage) {
    super(new RecordTable<>(storage, "studies", StudyPoint.class, "study", "variant"));
  }

  /** Commits the curve of one run; a curve that is there already is not written again. */
  public AppendResult append(List<StudyPoint> curve) {
    StudyPoint first = curve.get(0);
    return table()
        .append(
            curve,
            TransactionId.of(
                0, "study", first.study(), first.variant(), first.seed(), first.configSha256()));
  }

  /** The points of a study by variant, seed and step. */
  public List<StudyPoint> read(String study) {
    return table().read(PartitionFilter.ALL.equal("study", study)).stream()
        .sorted(
            Comparator.comparing(StudyPoint::variant)
                .thenComparing(StudyPoint::seed)
                .thenComparing(StudyPoint::step))
        .toList();
  }
}
