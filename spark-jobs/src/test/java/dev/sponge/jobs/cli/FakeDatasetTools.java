package dev.sponge.jobs.cli;

import java.util.List;

/** Records the calls. */
record FakeDatasetTools(List<String> calls) implements DatasetTools {
  @Override
  public int importPrompts(StageContext context, PromptImport request) {
    calls.add("dataset import " + request);
    return 0;
  }

  @Override
  public int deduplicate(StageContext context, Deduplication request) {
    calls.add("dataset deduplicate " + request);
    return 0;
  }

  @Override
  public int decontaminate(StageContext context, Decontamination request) {
    calls.add("dataset decontaminate " + request);
    return 0;
  }

  @Override
  public int difficulty(StageContext context, DifficultyFit request) {
    calls.add("dataset difficulty " + request);
    return 0;
  }
}
