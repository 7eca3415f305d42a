package dev.sponge.jobs.data;

import com.google.gson.JsonObject;
import dev.sponge.datasets.Problem;
import dev.sponge.datasets.RejectionReason;
import dev.sponge.datasets.imports.DatasetFormat;
import dev.sponge.datasets.imports.FileRow;
import dev.sponge.datasets.imports.ImportedPrompt;
import dev.sponge.datasets.imports.RowReader;
import dev.sponge.datasets.imports.RowRejected;
import dev.sponge.jobs.run.Hashes;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.jobs.table.Prompt;
import dev.sponge.jobs.table.Recall;
import dev.sponge.jobs.table.RejectedPrompt;
import dev.sponge.jobs.table.StagedRows;
import dev.sponge.rl.UserError;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Sorts the rows of a data set into prompts and rejected rows, and commits both. There is no
 * transaction over two tables: rejected rows come first and prompts last, so that an import whose
 * prompts are there is complete, and one that was broken off between the two is completed by the
 * same command, which knows the rejected rows again.
 */
final class Intake implements AutoCloseable {
  /** Rows without the format's fields, after which the file is one of another format. */
  private static final int UNFIT_ROWS = 1_000;

  private static final int ID_DIGITS = 16;
  private static final int HASH_RADIX = 16;

  /**
   * Where prompts go whose rows do not tell.
   *
   * @param fixedSource whether the user named the source, so that rows are not asked
   * @param fixedSplit whether the user named the split
   */
  record Target(String source, String split, boolean fixedSource, boolean fixedSplit) {}

  private final RowReader reader;
  private final Target target;
  private final Instant now;
  private final Map<String, String> inTable;
  private final Set<String> forgotten;
  private final Set<String> rejectedBefore;

  /** The beginning of the content hash by id of the prompts that this data set brought. */
  private final Map<String, Long> seen = new HashMap<>();

  private final Set<String> ids = new HashSet<>();
  private final StagedRows<Prompt> prompts;
  private final StagedRows<RejectedPrompt> rejected;
  private final Map<RejectionReason, Long> reasons = new EnumMap<>(RejectionReason.class);
  private String firstRejection = "";
  private long rows;
  private long there;
  private long forgottenRows;
  private long unfit;
  private boolean fitted;
  private Optional<JsonObject> firstUnfit = Optional.empty();

  Intake(Lakehouse lake, RowReader reader, Target target, Instant now) {
    this.reader = reader;
    this.target = target;
    this.now = now;
    inTable = lake.prompts().contentHashes();
    forgotten = lake.recalls().read().stream().map(Recall::promptId).collect(Collectors.toSet());
    rejectedBefore = lake.promptsRejected().ids();
    prompts = lake.prompts().stage();
    rejected = lake.promptsRejected().stage();
  }

  /**
   * Takes the next row.
   *
   * @throws UserError if the file turns out to be of another format
   */
  void take(String file, FileRow row) {
    rows++;
    String place = file + ":" + row.number();
    if (row instanceof FileRow.Unreadable broken) {
      reject(place, broken.reason(), broken.detail(), broken.excerpt(), null);
      return;
    }
    JsonObject values = ((FileRow.Fields) row).values();
    checkFormat(file, values);
    try {
      take(place, row.excerpt(), reader.read(values));
    } catch (RowRejected e) {
      reject(place, e.reason(), e.getMessage(), row.excerpt(), null);
    }
  }

  private void take(String place, String excerpt, ImportedPrompt row) {
    String source = target.fixedSource() ? target.source() : row.source().orElse(target.source());
    String split = target.fixedSplit() ? target.split() : row.split().orElse(target.split());
    Problem problem = Problem.of(source, split, row.problem(), row.gold(), 0);
    String id = problem.promptId();
    if (forgotten.contains(id)) {
      forgottenRows++;
      return;
    }
    long hash = Long.parseUnsignedLong(problem.contentHash().substring(0, ID_DIGITS), HASH_RADIX);
    Long earlier = seen.putIfAbsent(id, hash);
    if (earlier != null) {
      String detail =
          earlier == hash
              ? "an earlier row has the same problem and answer"
              : "an earlier row has the same problem with another answer: %s".formatted(row.gold());
      reject(place, RejectionReason.DUPLICATE_PROMPT, detail, excerpt, id);
      return;
    }
    if (row.id().isPresent() && !ids.add(source + "\n" + split + "\n" + row.id().get())) {
      seen.remove(id);
      String detail = "an earlier row with another problem has id " + row.id().get();
      reject(place, RejectionReason.DUPLICATE_ID, detail, excerpt, null);
      return;
    }
    String known = inTable.get(id);
    if (known == null) {
      add(problem, row);
    } else if (known.equals(problem.contentHash())) {
      there++;
    } else {
      String detail =
          "table prompts has the problem with another answer or split; give another --source";
      reject(place, RejectionReason.DUPLICATE_PROMPT, detail, excerpt, id);
    }
  }

  private void add(Problem problem, ImportedPrompt row) {
    String metadata = row.metadata().orElse(null);
    prompts.add(
        new Prompt(
            problem.promptId(),
            problem.source(),
            problem.split(),
            problem.prompt(),
            new int[0],
            problem.answer(),
            problem.level(),
            problem.contentHash(),
            row.difficulty().orElse(null),
            row.subject().orElse(null),
            row.id().orElse(null),
            metadata),
        problem.prompt().length() + problem.answer().length() + row.metadata().orElse("").length());
  }

  private void reject(
      String place, RejectionReason reason, String detail, String text, String similarTo) {
    reasons.merge(reason, 1L, Long::sum);
    if (firstRejection.isEmpty()) {
      firstRejection = "%s %s: %s".formatted(place, reason.label(), detail);
    }
    String excerpt = RejectedPrompt.excerpt(text);
    String named =
        String.join("\n", target.source(), target.split(), place, reason.label(), excerpt);
    String id = Hashes.sha256(named, ID_DIGITS);
    if (rejectedBefore.add(id)) {
      RejectedPrompt row =
          new RejectedPrompt(
              id,
              null,
              target.source(),
              target.split(),
              place,
              reason.label(),
              detail,
              similarTo,
              null,
              excerpt,
              now);
      rejected.add(row, excerpt.length() + detail.length());
    }
  }

  private void checkFormat(String file, JsonObject row) {
    if (fitted || reader.fits(row)) {
      fitted = true;
      return;
    }
    unfit++;
    firstUnfit = Optional.of(firstUnfit.orElse(row));
    if (unfit >= UNFIT_ROWS) {
      throw otherFormat(file);
    }
  }

  private UserError otherFormat(String file) {
    JsonObject row = firstUnfit.orElseThrow();
    String fitting =
        DatasetFormat.of(row)
            .map(format -> "; format %s fits".formatted(ImportPromptsJob.commandLineName(format)))
            .orElse(
                "; no format fits: name the fields with --format jsonl --fields problem=...,answer=...");
    return new UserError(
        "%s is of another format: its rows have the fields %s, and this one needs %s%s. Nothing was imported."
            .formatted(file, String.join(", ", row.keySet()), reader.needs(), fitting));
  }

  /** What has come of the rows so far. */
  ImportReport report() {
    return new ImportReport(rows, prompts.rows(), there, forgottenRows, reasons);
  }

  /**
   * Commits everything.
   *
   * @param strict whether a rejected row forbids it
   * @throws UserError if there is nothing to import; then nothing is written
   */
  ImportReport commit(String path, boolean strict) {
    if (unfit > 0 && !fitted) {
      throw otherFormat(path);
    }
    ImportReport report = report();
    boolean nothing = report.rejectedRows() > 0 && report.rejectedRows() == rows;
    if (nothing || (strict && report.rejectedRows() > 0)) {
      throw new UserError(
          "%s: %s of %,d rows cannot be used (%s; the first: %s)%s. Nothing was imported."
              .formatted(
                  path,
                  nothing ? "all" : "%,d".formatted(report.rejectedRows()),
                  rows,
                  report.reasons(),
                  firstRejection,
                  nothing ? "" : ", and --strict allows none"));
    }
    rejected.commit();
    prompts.commit();
    return report;
  }

  @Override
  public void close() {
    prompts.close();
    rejected.close();
  }
}
