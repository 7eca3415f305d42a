package dev.sponge.jobs.maintenance;

import dev.sponge.jobs.maintenance.TableHistory.LoggedFile;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What Delta's OPTIMIZE makes of the small files of a table: in each partition they are taken from
 * the smallest on and put together up to {@link #TARGET_BYTES}.
 *
 * @param files small files that are rewritten
 * @param into files that take their place
 * @param bytes of the rewritten files
 */
record Compaction(int files, int into, long bytes) {
  /** Size of a file from which it is left alone, and of a file that compaction makes. */
  static final long TARGET_BYTES = 256L << 20;

  static Compaction of(List<LoggedFile> live) {
    Map<String, List<LoggedFile>> partitions =
        live.stream()
            .filter(file -> file.size() < TARGET_BYTES)
            .collect(
                Collectors.groupingBy(LoggedFile::partition, TreeMap::new, Collectors.toList()));
    Compaction sum = new Compaction(0, 0, 0);
    for (List<LoggedFile> partition : partitions.values()) {
      Compaction bin = new Compaction(0, 1, 0);
      for (LoggedFile file :
          partition.stream().sorted(Comparator.comparingLong(LoggedFile::size)).toList()) {
        if (bin.files > 0 && bin.bytes + file.size() > TARGET_BYTES) {
          sum = sum.plus(bin);
          bin = new Compaction(0, 1, 0);
        }
        bin = new Compaction(bin.files + 1, 1, bin.bytes + file.size());
      }
      sum = sum.plus(bin);
    }
    return sum;
  }

  /** A single file is not rewritten. */
  private Compaction plus(Compaction bin) {
    return bin.files < 2
        ? this
        : new Compaction(files + bin.files, into + bin.into, bytes + bin.bytes);
  }

  boolean isEmpty() {
    return files == 0;
  }
}
