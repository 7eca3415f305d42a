package dev.sponge.rl.gguf;

import static dev.sponge.rl.gguf.PreTokenizer.typed;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.List;
import java.util.OptionalInt;

/**
 * The tokenizer of a GGUF file as Hugging Face's tokenizers library reads it.
 *
 * @param tokenizer {@code tokenizer.json}
 * @param config {@code tokenizer_config.json}
 * @param specialTokensMap {@code special_tokens_map.json}
 */
record TokenizerExport(JsonObject tokenizer, JsonObject config, JsonObject specialTokensMap) {
  private static final String MODEL = "tokenizer.ggml.model";
  private static final String PRE = "tokenizer.ggml.pre";
  private static final String SPACE = "\u2581";

  /** What differs between the two families. */
  private record Rules(
      JsonElement normalizer,
      JsonElement preTokenizer,
      JsonElement decoder,
      JsonObject model,
      boolean addsBos) {}

  /**
   * Converts the tokenizer.
   *
   * @throws dev.sponge.rl.UserError when its kind is not supported or its parts do not fit
   */
  static TokenizerExport of(
      GgufMetadata metadata, Vocabulary vocabulary, SpecialTokens special, int context) {
    String kind = metadata.requiredText(MODEL);
    Rules rules =
        switch (kind) {
          case "gpt2" -> byteLevel(metadata, vocabulary);
          case "llama" -> sentencePiece(metadata, vocabulary, special);
          default ->
              throw metadata.wrong(
                  MODEL, "= \"" + kind + "\" is not supported; Sponge imports gpt2 and llama");
        };
    boolean bos =
        metadata
            .flag("tokenizer.ggml.add_bos_token")
            .orElse(rules.addsBos() && special.bos().isPresent());
    boolean eos = metadata.flag("tokenizer.ggml.add_eos_token").orElse(false);
    if (bos && special.bos().isEmpty()) {
      throw metadata.wrong("tokenizer.ggml.bos_token_id", "is missing, but add_bos_token is true");
    }
    JsonObject json = new JsonObject();
    json.addProperty("version", "1.0");
    json.add("truncation", JsonNull.INSTANCE);
    json.add("padding", JsonNull.INSTANCE);
    json.add("added_tokens", addedTokens(vocabulary));
    json.add("normalizer", rules.normalizer());
    json.add("pre_tokenizer", rules.preTokenizer());
    json.add("post_processor", postProcessor(vocabulary, special, bos, eos));
    json.add("decoder", rules.decoder());
    json.add("model", rules.model());
    JsonObject map = specialTokensMap(vocabulary, special);
    return new TokenizerExport(json, config(metadata, map, context, bos, eos), map);
  }

  private static Rules byteLevel(GgufMetadata metadata, Vocabulary vocabulary) {
    String key = metadata.requiredText(PRE);
    PreTokenizer pre =
        PreTokenizer.ofKey(key)
            .orElseThrow(
                () ->
                    metadata.wrong(
                        PRE,
                        "= \""
                            + key
                            + "\" is not supported; Sponge knows "
                            + PreTokenizer.KNOWN_KEYS));
    JsonObject model = model(vocabulary, Merges.listed(metadata, vocabulary));
    model.add("unk_token", JsonNull.INSTANCE);
    model.addProperty("fuse_unk", false);
    model.addProperty("byte_fallback", false);
    model.addProperty("ignore_merges", pre.ignoresMergesOfWords());
    return new Rules(
        pre.normalizer(), pre.json(), PreTokenizer.byteLevel(true), model, pre.addsBos());
  }

  private static Rules sentencePiece(
      GgufMetadata metadata, Vocabulary vocabulary, SpecialTokens special) {
    boolean prefix = metadata.flag("tokenizer.ggml.add_space_prefix").orElse(true);
    JsonArray normalizers = new JsonArray();
    if (prefix) {
      JsonObject prepend = typed("Prepend");
      prepend.addProperty("prepend", SPACE);
      normalizers.add(prepend);
    }
    normalizers.add(replace(" ", SPACE));
    JsonObject normalizer = typed("Sequence");
    normalizer.add("normalizers", normalizers);

    JsonArray decoders = new JsonArray();
    decoders.add(replace(SPACE, " "));
    decoders.add(typed("ByteFallback"));
    decoders.add(typed("Fuse"));
    if (prefix) {
      JsonObject strip = typed("Strip");
      strip.addProperty("content", " ");
      strip.addProperty("start", 1);
      strip.addProperty("stop", 0);
      decoders.add(strip);
    }
    JsonObject decoder = typed("Sequence");
    decoder.add("decoders", decoders);

    JsonObject model = model(vocabulary, Merges.scored(metadata, vocabulary));
    model.add("unk_token", text(vocabulary, special.unknown()));
    model.addProperty("fuse_unk", true);
    model.addProperty("byte_fallback", true);
    model.addProperty("ignore_merges", false);
    return new Rules(normalizer, JsonNull.INSTANCE, decoder, model, true);
  }

  private static JsonObject replace(String from, String to) {
    JsonObject pattern = new JsonObject();
    pattern.addProperty("String", from);
    JsonObject json = typed("Replace");
    json.add("pattern", pattern);
    json.addProperty("content", to);
    return json;
  }

  private static JsonObject model(Vocabulary vocabulary, List<Merge> merges) {
    JsonObject ids = new JsonObject();
    for (int id = 0; id < vocabulary.size(); id++) {
      ids.addProperty(vocabulary.tokens().get(id), id);
    }
    JsonArray pairs = new JsonArray(merges.size());
    for (Merge merge : merges) {
      JsonArray pair = new JsonArray(2);
      pair.add(merge.left());
      pair.add(merge.right());
      pairs.add(pair);
    }
    JsonObject model = typed("BPE");
    model.add("dropout", JsonNull.INSTANCE);
    model.add("continuing_subword_prefix", JsonNull.INSTANCE);
    model.add("end_of_word_suffix", JsonNull.INSTANCE);
    model.add("vocab", ids);
    model.add("merges", pairs);
    return model;
  }

  private static JsonArray addedTokens(Vocabulary vocabulary) {
    JsonArray added = new JsonArray();
    for (int id = 0; id < vocabulary.size(); id++) {
      boolean isSpecial =
          switch (vocabulary.kinds().get(id)) {
            case CONTROL, UNKNOWN -> true;
            case NORMAL, USER_DEFINED, UNUSED, BYTE -> false;
          };
      if (isSpecial || vocabulary.kinds().get(id) == Vocabulary.Kind.USER_DEFINED) {
        JsonObject token = new JsonObject();
        token.addProperty("id", id);
        token.addProperty("content", vocabulary.tokens().get(id));
        token.addProperty("single_word", false);
        token.addProperty("lstrip", false);
        token.addProperty("rstrip", false);
        token.addProperty("normalized", false);
        token.addProperty("special", isSpecial);
        added.add(token);
      }
    }
    return added;
  }

  private static JsonElement postProcessor(
      Vocabulary vocabulary, SpecialTokens special, boolean bos, boolean eos) {
    if (!bos && !eos) {
      return JsonNull.INSTANCE;
    }
    JsonObject used = new JsonObject();
    JsonArray single = new JsonArray();
    JsonArray pair = new JsonArray();
    for (int sequence = 0; sequence < 2; sequence++) {
      JsonArray part = new JsonArray();
      if (bos) {
        part.add(specialPiece(vocabulary, special.bos().getAsInt(), sequence, used));
      }
      part.add(piece("Sequence", sequence == 0 ? "A" : "B", sequence));
      if (eos) {
        part.add(specialPiece(vocabulary, special.eos(), sequence, used));
      }
      pair.addAll(part);
      if (sequence == 0) {
        single.addAll(part);
      }
    }
    JsonObject json = typed("TemplateProcessing");
    json.add("single", single);
    json.add("pair", pair);
    json.add("special_tokens", used);
    return json;
  }

  private static JsonObject specialPiece(
      Vocabulary vocabulary, int id, int sequence, JsonObject used) {
    String token = vocabulary.tokens().get(id);
    JsonArray ids = new JsonArray();
    ids.add(id);
    JsonArray tokens = new JsonArray();
    tokens.add(token);
    JsonObject definition = new JsonObject();
    definition.addProperty("id", token);
    definition.add("ids", ids);
    definition.add("tokens", tokens);
    used.add(token, definition);
    return piece("SpecialToken", token, sequence);
  }

  private static JsonObject piece(String kind, String id, int sequence) {
    JsonObject content = new JsonObject();
    content.addProperty("id", id);
    content.addProperty("type_id", sequence);
    JsonObject json = new JsonObject();
    json.add(kind, content);
    return json;
  }

  private static JsonObject specialTokensMap(Vocabulary vocabulary, SpecialTokens special) {
    JsonObject map = new JsonObject();
    special.bos().ifPresent(id -> map.addProperty("bos_token", vocabulary.tokens().get(id)));
    map.addProperty("eos_token", vocabulary.tokens().get(special.eos()));
    special.pad().ifPresent(id -> map.addProperty("pad_token", vocabulary.tokens().get(id)));
    special.unknown().ifPresent(id -> map.addProperty("unk_token", vocabulary.tokens().get(id)));
    return map;
  }

  private static JsonObject config(
      GgufMetadata metadata, JsonObject specialTokens, int context, boolean bos, boolean eos) {
    JsonObject json = new JsonObject();
    json.addProperty("add_bos_token", bos);
    json.addProperty("add_eos_token", eos);
    metadata
        .text("tokenizer.chat_template")
        .ifPresent(template -> json.addProperty("chat_template", template));
    json.addProperty("clean_up_tokenization_spaces", false);
    json.addProperty("model_max_length", context);
    json.addProperty("tokenizer_class", "PreTrainedTokenizerFast");
    specialTokens.entrySet().forEach(entry -> json.add(entry.getKey(), entry.getValue()));
    return json;
  }

  private static JsonElement text(Vocabulary vocabulary, OptionalInt id) {
    return id.isEmpty()
        ? JsonNull.INSTANCE
        : new JsonPrimitive(vocabulary.tokens().get(id.getAsInt()));
  }
}
