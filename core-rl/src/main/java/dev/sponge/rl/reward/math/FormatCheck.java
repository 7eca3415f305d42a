package dev.sponge.rl.reward.math;

import java.util.List;

/**
 * The form that a response must have, whatever its answer: ended by itself, with exactly one box,
 * and that one closed. Boxes within a closed thought do not count.
 *
 * @param thought whether the response must begin with one closed thought, {@code
 *     <think>...</think>}; the opening tag may stand in the prompt
 */
public record FormatCheck(boolean thought) {
  /** One box, with or without a thought. */
  public static final FormatCheck BOX = new FormatCheck(false);

  /** One thought, then one box. */
  public static final FormatCheck THOUGHT_AND_BOX = new FormatCheck(true);

  /**
   * The first fault of a response's form, in a few words; empty if the form is right.
   *
   * @param truncated whether generation ended at the length limit
   */
  public String fault(String response, boolean truncated) {
    if (truncated) {
      return "truncated";
    }
    if (thought && !Thought.wellFormed(response)) {
      return "no closed thought at the start";
    }
    String part = Thought.answerPart(response).orElse("");
    return switch (Boxes.count(part)) {
      case 0 -> "no box";
      case 1 -> boxFault(Boxes.of(Extraction.tail(part)));
      default -> "more than one box";
    };
  }

  private static String boxFault(List<Boxes.Box> boxes) {
    if (boxes.isEmpty()) {
      return "no box near the end";
    }
    return switch (boxes.get(0).end()) {
      case CLOSED -> "";
      case OPEN -> "unclosed box";
      case TOO_LONG -> "box too long";
    };
  }
}
