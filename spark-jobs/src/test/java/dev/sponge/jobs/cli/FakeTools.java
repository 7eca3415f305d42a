package dev.sponge.jobs.cli;

import dev.sponge.jobs.config.MaintenanceSettings;
import java.util.List;
import java.util.OptionalInt;

/** Records the calls. */
record FakeTools(List<String> calls) implements Tools {
  @Override
  public int lineage(StageContext context, OptionalInt policyVersion) {
    calls.add("lineage " + context.config().run().name() + " " + policyVersion);
    return 0;
  }

  @Override
  public int views(StageContext context, boolean save) {
    calls.add("views " + save);
    return 0;
  }

  @Override
  public int maintain(StageContext context, MaintenanceSettings settings) {
    calls.add("maintain " + context.config().run().name() + " " + settings);
    return 0;
  }
}
