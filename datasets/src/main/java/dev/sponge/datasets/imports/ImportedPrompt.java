package dev.sponge.datasets.imports;

import java.util.Optional;

/**
 * A problem as a data set has it.
 *
 * @param source data set that the row names; empty where the format leaves it to the user
 * @param split train or test if the row tells
 * @param problem the raw text, without template and instruction
 * @param gold accepted answer, or several as {@link dev.sponge.rl.reward.Golds} writes them
 * @param id within the data set
 * @param metadata the row's other fields, a JSON object; empty without
 */
public record ImportedPrompt(
    Optional<String> source,
    Optional<String> split,
    String problem,
    String gold,
    Optional<String> id,
    Optional<Double> difficulty,
    Optional<String> subject,
    Optional<String> metadata) {}
