package dev.sponge.jobs.cli;

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
  public int migrate(StageContext context) {
    calls.add("migrate " + context.place().root());
    return 0;
  }
}
