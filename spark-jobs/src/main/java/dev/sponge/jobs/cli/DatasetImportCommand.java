package dev.sponge.jobs.cli;

import dev.sponge.jobs.cli.DatasetTools.Format;
import dev.sponge.jobs.cli.DatasetTools.PromptImport;
import dev.sponge.rl.UserError;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sponge dataset import}. */
@Command(
    name = "import",
    description = {
      "Take a data set into table prompts, in one commit.",
      "Rows that cannot be used go to table prompts_rejected with the reason."
    })
final class DatasetImportCommand extends DatasetToolCommand {
  private static final List<String> ROLES =
      List.of("problem", "answer", "id", "difficulty", "subject");

  @Parameters(index = "0", paramLabel = "PATH", description = "file, or directory of files")
  private String path;

  @Option(
      names = "--format",
      paramLabel = "NAME",
      required = true,
      description = "${COMPLETION-CANDIDATES}")
  private Format format;

  @Option(
      names = "--split",
      paramLabel = "NAME",
      description = "train or test (default: test for the benchmarks, else train)")
  private String split;

  @Option(
      names = "--source",
      paramLabel = "NAME",
      description = "name of the data set in table prompts (default: that of the format)")
  private String source;

  @Option(
      names = "--fields",
      paramLabel = "ROLE=NAME",
      split = ",",
      description = "names of the fields: problem=...,answer=...,id=...,difficulty=...,subject=...")
  private final Map<String, String> fields = new LinkedHashMap<>();

  @Option(
      names = "--strict",
      description = "end with code 2 and write nothing when a row cannot be used")
  private boolean strict;

  @Override
  boolean beginsWork() {
    return true;
  }

  @Override
  int call(DatasetTools tools, StageContext context) {
    if (split != null && !split.equals("train") && !split.equals("test")) {
      throw new UserError("--split " + split + " must be train or test.");
    }
    if (source != null && !source.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
      throw new UserError(
          "--source '"
              + source
              + "' must be a name of at most 64 letters, digits, dots, hyphens and underscores.");
    }
    for (Map.Entry<String, String> field : fields.entrySet()) {
      if (!ROLES.contains(field.getKey()) || field.getValue().isBlank()) {
        throw new UserError(
            "--fields %s=%s: it takes a field's name for each of %s."
                .formatted(field.getKey(), field.getValue(), String.join(", ", ROLES)));
      }
    }
    return tools.importPrompts(
        context,
        new PromptImport(
            format, path, Optional.ofNullable(split), Optional.ofNullable(source), fields, strict));
  }
}
