package dev.sponge.datasets;

/**
 * A worked answer for supervised finetuning.
 *
 * @param promptId the problem it answers
 * @param index number of this demonstration among those of its problem, from 0
 * @param prompt the problem's prompt
 * @param response chain of thought and box, without the end-of-sequence token
 */
public record Demonstration(String promptId, int index, String prompt, String response) {}
