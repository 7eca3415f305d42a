package dev.sponge.rl.gguf;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The tokens of a file.
 *
 * @param tokens text by id; padding at the end of the embedding is left out
 * @param ids id by text
 * @param kinds by id
 */
record Vocabulary(List<String> tokens, Map<String, Integer> ids, List<Kind> kinds) {
  /** What llama.cpp calls the attribute of a token, in the order of ids from 1. */
  enum Kind {
    NORMAL,
    UNKNOWN,
    CONTROL,
    USER_DEFINED,
    UNUSED,
    BYTE
  }

  static final String TOKENS = "tokenizer.ggml.tokens";
  private static final String TYPES = "tokenizer.ggml.token_type";

  /**
   * Reads the tokens.
   *
   * @param rows of the embedding
   * @throws dev.sponge.rl.UserError when there are none, more than rows, equal ones, or their kinds
   *     do not fit
   */
  static Vocabulary of(GgufMetadata metadata, int rows) {
    List<String> all = metadata.texts(TOKENS);
    if (all.isEmpty()) {
      throw metadata.wrong(TOKENS, "is missing or empty; the file has no tokenizer");
    }
    if (all.size() > rows) {
      throw metadata.wrong(
          TOKENS,
          "has " + all.size() + " tokens, but " + ModelSizes.EMBEDDING + " has " + rows + " rows");
    }
    List<Kind> kinds = kinds(metadata, all.size());
    int size = all.size();
    // Rows that round the embedding up carry made-up names, which no tokenizer file has.
    while (size > 0 && kinds.get(size - 1) == Kind.UNUSED) {
      size--;
    }
    List<String> tokens = List.copyOf(all.subList(0, size));
    Map<String, Integer> ids = new HashMap<>();
    for (int id = 0; id < size; id++) {
      Integer other = ids.put(tokens.get(id), id);
      if (other != null) {
        throw metadata.wrong(
            TOKENS, "has \"" + tokens.get(id) + "\" twice, as " + other + " and as " + id);
      }
    }
    return new Vocabulary(tokens, ids, List.copyOf(kinds.subList(0, size)));
  }

  private static List<Kind> kinds(GgufMetadata metadata, int size) {
    Kind[] kinds = new Kind[size];
    Arrays.fill(kinds, Kind.NORMAL);
    if (!metadata.has(TYPES)) {
      return List.of(kinds);
    }
    int[] types = metadata.naturals(TYPES);
    if (types.length != size) {
      throw metadata.wrong(TYPES, "has " + types.length + " entries for " + size + " tokens");
    }
    for (int id = 0; id < size; id++) {
      if (types[id] < 1 || types[id] > Kind.values().length) {
        throw metadata.wrong(TYPES, "has the unknown type " + types[id] + " for token " + id);
      }
      kinds[id] = Kind.values()[types[id] - 1];
    }
    return List.of(kinds);
  }

  int size() {
    return tokens.size();
  }
}
