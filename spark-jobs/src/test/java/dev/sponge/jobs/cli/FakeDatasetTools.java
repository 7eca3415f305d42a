package dev.sponge.jobs.cli;

import java.util.List;

/** Records the calls. */
record FakeDatasetTools(List<String> calls) implements DatasetTools {
  @Override
  public int importPrompts(StageContext context, PromptImport request) {
    calls.add("dataset import " + request);
    return 0;
  }
}
