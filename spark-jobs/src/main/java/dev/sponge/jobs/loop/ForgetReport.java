package dev.sponge.jobs.loop;

import dev.sponge.jobs.cli.Tools.Recall;
import dev.sponge.jobs.reuse.ForgetJob.Report;
import java.util.ArrayList;
import java.util.List;

/** What {@code sponge forget} prints. */
final class ForgetReport {
  private ForgetReport() {}

  static List<String> lines(Recall recall, Report report) {
    if (report.isDone()) {
      return List.of("forget: nothing to do, prompt " + recall.promptId() + " is forgotten");
    }
    List<String> lines = new ArrayList<>();
    report
        .rows()
        .forEach(
            (table, rows) ->
                lines.add(
                    "%s %,d rows of %s"
                        .formatted(recall.dryRun() ? "would delete" : "deleted", rows, table)));
    if (report.policies().isEmpty()) {
      lines.add("no policy trained on its rollouts");
    }
    report.policies().forEach(policy -> lines.add("trained on its rollouts: " + policy));
    lines.add(
        "A version 0 that was bootstrapped had demonstrations of the training prompts then in the"
            + " table; its checkpoint and all others are kept.");
    if (!recall.dryRun()) {
      lines.add(
          "Old versions of the tables hold the rows until they are vacuumed: sponge maintain"
              + " --vacuum");
    }
    return lines;
  }
}
