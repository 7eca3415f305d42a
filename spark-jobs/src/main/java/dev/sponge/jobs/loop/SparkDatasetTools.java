package dev.sponge.jobs.loop;

import dev.sponge.jobs.cli.DatasetTools;
import dev.sponge.jobs.cli.StageContext;

/** The data set tools on Spark. */
final class SparkDatasetTools implements DatasetTools {
  @Override
  public int importPrompts(StageContext context, PromptImport request) {
    throw new UnsupportedOperationException();
  }
}
