package dev.sponge.jobs.training;

import java.util.List;
import java.util.Map;

/**
 * Which groups a step trains on.
 *
 * @param trained the batch
 * @param held groups of version k outside of it that later steps may replay
 * @param metrics what the composition has to tell
 */
record BatchComposition(
    List<StepGroup> trained, List<StepGroup> held, Map<String, Double> metrics) {}
