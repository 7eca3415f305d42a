package dev.sponge.rl.gguf;

import dev.sponge.rl.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Ids of the tokens with a role.
 *
 * @param eos ends a text
 * @param ends the tokens that end a response, eos first
 */
record SpecialTokens(
    OptionalInt bos, int eos, List<Integer> ends, OptionalInt unknown, OptionalInt pad) {
  /**
   * Reads the roles.
   *
   * @param tokens size of the vocabulary
   * @throws UserError when an id is not in the vocabulary or no token ends a text
   */
  static SpecialTokens of(GgufMetadata metadata, int tokens) {
    String eosKey = "tokenizer.ggml.eos_token_id";
    int eos =
        id(metadata, eosKey, tokens)
            .orElseThrow(() -> metadata.wrong(eosKey, "is missing; nothing would end a response"));
    List<Integer> ends = new ArrayList<>(List.of(eos));
    for (String key : List.of("tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id")) {
      id(metadata, key, tokens).stream().filter(id -> !ends.contains(id)).forEach(ends::add);
    }
    return new SpecialTokens(
        id(metadata, "tokenizer.ggml.bos_token_id", tokens),
        eos,
        List.copyOf(ends),
        id(metadata, "tokenizer.ggml.unknown_token_id", tokens),
        id(metadata, "tokenizer.ggml.padding_token_id", tokens));
  }

  private static OptionalInt id(GgufMetadata metadata, String key, int tokens) {
    OptionalInt id = metadata.natural(key);
    if (id.isPresent() && id.getAsInt() >= tokens) {
      throw metadata.wrong(
          key, "= " + id.getAsInt() + " is beyond the vocabulary of " + tokens + " tokens");
    }
    return id;
  }
}
