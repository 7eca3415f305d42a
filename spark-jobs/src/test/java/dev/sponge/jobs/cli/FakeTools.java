package dev.sponge.jobs.cli;

import dev.sponge.jobs.config.MaintenanceSettings;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Records the calls. */
record FakeTools(List<String> calls) implements Tools {
  private static String run(StageContext context) {
    return context.config().run().name();
  }

  @Override
  public int lineage(StageContext context, OptionalInt policyVersion, boolean json) {
    calls.add("lineage " + run(context) + " " + policyVersion + " " + json);
    return 0;
  }

  @Override
  public int replay(StageContext context, ReplayRequest request) {
    calls.add("replay " + run(context) + " " + request);
    return 1;
  }

  @Override
  public int why(StageContext context, int step, int top) {
    calls.add("why " + run(context) + " " + step + " " + top);
    return 0;
  }

  @Override
  public int views(StageContext context, boolean save) {
    calls.add("views " + save);
    return 0;
  }

  @Override
  public int migrate(StageContext context) {
    calls.add("migrate " + context.place().root());
    return 0;
  }

  @Override
  public int export(
      StageContext context, ExportFormat format, String out, Optional<String> verifier) {
    calls.add("export %s %s %s".formatted(format, out, verifier));
    return 0;
  }

  @Override
  public int maintain(StageContext context, MaintenanceSettings settings) {
    calls.add("maintain " + context.config().run().name() + " " + settings);
    return 0;
  }

  @Override
  public int fsck(StageContext context, FsckRequest request) {
    calls.add("fsck " + request);
    return 1;
  }

  @Override
  public int rescore(StageContext context, String verifier, boolean allRuns) {
    calls.add("rescore " + context.config().run().name() + " " + verifier + " " + allRuns);
    return 0;
  }

  @Override
  public int importRollouts(StageContext context, RolloutImport request) {
    calls.add("import-rollouts " + context.config().run().name() + " " + request);
    return 0;
  }

  @Override
  public int forget(StageContext context, Recall recall) {
    calls.add("forget " + recall.promptId() + " " + recall.reason() + " " + recall.dryRun());
    return 0;
  }

  @Override
  public DatasetTools datasets() {
    return new FakeDatasetTools(calls);
  }
}
