package dev.sponge.jobs.rollout;

import dev.sponge.jobs.table.Prompt;
import java.io.Serializable;

/**
 * A prompt to be answered.
 *
 * @param groupId of the answers
 */
record Question(Prompt prompt, String groupId) implements Serializable {}
