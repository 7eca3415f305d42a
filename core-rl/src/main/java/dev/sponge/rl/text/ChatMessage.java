package dev.sponge.rl.text;

import java.util.Objects;

/**
 * One turn of a conversation.
 *
 * @param role who speaks, usually {@code system}, {@code user} or {@code assistant}
 */
public record ChatMessage(String role, String content) {
  /** Role of instructions that stand before a conversation. */
  public static final String SYSTEM = "system";

  /** Role of who asks. */
  public static final String USER = "user";

  /** Role of the model. */
  public static final String ASSISTANT = "assistant";

  public ChatMessage {
    Objects.requireNonNull(role, "role");
    Objects.requireNonNull(content, "content");
  }

  /** A question. */
  public static ChatMessage user(String content) {
    return new ChatMessage(USER, content);
  }
}
