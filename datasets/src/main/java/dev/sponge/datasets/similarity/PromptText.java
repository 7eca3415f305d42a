package dev.sponge.datasets.similarity;

import java.io.Serializable;

/** A prompt to be compared. */
public record PromptText(String id, String text) implements Serializable {}
