package dev.sponge.jobs.data;

import dev.sponge.datasets.imports.DatasetFormat;
import dev.sponge.datasets.imports.FileRow;
import dev.sponge.datasets.imports.JsonRows;
import dev.sponge.datasets.imports.RowReader;
import dev.sponge.jobs.cli.DatasetTools.Format;
import dev.sponge.jobs.cli.DatasetTools.PromptImport;
import dev.sponge.jobs.data.DatasetFiles.DataFile;
import dev.sponge.jobs.report.Console;
import dev.sponge.jobs.report.Progress;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.rl.UserError;
import dev.sponge.rl.reward.math.MathVerifier;
import dev.sponge.rl.reward.math.Preset;
import java.time.Instant;
import java.util.Optional;
import java.util.function.LongConsumer;

/** Reads a data set row by row into table prompts, in one commit. */
public final class ImportPromptsJob {
  private final Lakehouse lake;
  private final Console console;

  public ImportPromptsJob(Lakehouse lake, Console console) {
    this.lake = lake;
    this.console = console;
  }

  /**
   * Imports a data set.
   *
   * @throws UserError if the files cannot be read, are of another format, or hold nothing that can
   *     be imported; then nothing is written
   */
  public ImportReport run(PromptImport request) {
    DatasetFiles files =
        DatasetFiles.of(
            request.path(), request.format(), lake.spark().sessionState().newHadoopConf());
    DatasetFormat format = format(files, request);
    RowReader reader = new RowReader(format, request.fields(), goldCheck(format));
    try (Intake intake = new Intake(lake, reader, target(request, format), Instant.now())) {
      read(files, request.format(), intake);
      return intake.commit(request.path(), request.strict());
    }
  }

  private void read(DatasetFiles files, Format format, Intake intake) {
    boolean parquet = DatasetFiles.isParquet(format);
    // Spark tells nothing of the bytes that it reads.
    long total = parquet ? files.all().size() : files.bytes();
    try (Progress progress = console.progress("import", total, parquet ? "files" : "bytes")) {
      for (DataFile file : files.all()) {
        LongConsumer bytes = parquet ? ignored -> {} : progress::advance;
        try (Rows rows = rows(files, file, parquet, bytes)) {
          for (Optional<FileRow> row = rows.next(); row.isPresent(); row = rows.next()) {
            intake.take(file.name(), row.get());
          }
        }
        if (parquet) {
          progress.advance(1);
        }
      }
    }
  }

  private Rows rows(DatasetFiles files, DataFile file, boolean parquet, LongConsumer bytes) {
    if (parquet) {
      return new ParquetRows(lake.spark(), file.path().toString(), file.name());
    }
    JsonRows json = new JsonRows(files.open(file), file.name(), bytes);
    return new Rows() {
      @Override
      public Optional<FileRow> next() {
        return json.next();
      }

      @Override
      public void close() {
        json.close();
      }
    };
  }

  private DatasetFormat format(DatasetFiles files, PromptImport request) {
    return switch (request.format()) {
      case DEEPSCALER -> DatasetFormat.DEEPSCALER;
      case MATH -> DatasetFormat.MATH;
      case GSM8K -> DatasetFormat.GSM8K;
      case OLYMPIADBENCH -> DatasetFormat.OLYMPIADBENCH;
      case MINERVA -> DatasetFormat.MINERVA;
      case AIME -> DatasetFormat.AIME;
      case AMC -> DatasetFormat.AMC;
      case VERL_PARQUET -> DatasetFormat.VERL;
      case JSONL, PARQUET -> DatasetFormat.GENERIC;
      case HF_PARQUET -> request.fields().isEmpty() ? found(files) : DatasetFormat.GENERIC;
    };
  }

  private DatasetFormat found(DatasetFiles files) {
    DataFile first = files.all().get(0);
    try (ParquetRows rows = new ParquetRows(lake.spark(), first.path().toString(), first.name())) {
      return rows.format();
    }
  }

  /** What to write behind {@code --format}. */
  static String commandLineName(DatasetFormat format) {
    return switch (format) {
      case VERL -> Format.VERL_PARQUET.toString();
      case GENERIC -> Format.JSONL.toString();
      case GSM8K, OLYMPIADBENCH, MINERVA, AIME, AMC, DEEPSCALER, MATH -> format.label();
    };
  }

  private static Intake.Target target(PromptImport request, DatasetFormat format) {
    return new Intake.Target(
        request.source().or(format::source).orElseGet(() -> stem(request.path())),
        request.split().orElseGet(format::split),
        request.source().isPresent(),
        request.split().isPresent());
  }

  /** The name of a file or directory without its ending, as a data set may be called. */
  private static String stem(String path) {
    String name = path.replaceAll("/+$", "").replaceAll(".*/", "").replaceFirst("\\.[a-z]+$", "");
    String clean = name.replaceAll("[^A-Za-z0-9._-]", "-").replaceFirst("^[^A-Za-z0-9]+", "");
    if (clean.isEmpty()) {
      throw new UserError(
          "The name of %s makes no name of a data set; give --source.".formatted(path));
    }
    return clean;
  }

  private static RowReader.GoldCheck goldCheck(DatasetFormat format) {
    return format.isMath() ? MathVerifier.of(Preset.REWARD)::checkGold : gold -> {};
  }
}
