package dev.sponge.rl.gguf;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.util.List;

/** {@code config.json} and {@code generation_config.json} as transformers reads them. */
final class ConfigFiles {
  private ConfigFiles() {}

  static JsonObject config(ModelSizes sizes, RopeScaling scaling, SpecialTokens tokens) {
    JsonObject json = new JsonObject();
    JsonArray architectures = new JsonArray();
    architectures.add(className(sizes));
    json.add("architectures", architectures);
    json.addProperty("attention_bias", sizes.attentionBias());
    json.addProperty("attention_dropout", 0.0);
    tokens.bos().ifPresent(id -> json.addProperty("bos_token_id", id));
    json.addProperty("eos_token_id", tokens.eos());
    json.addProperty("head_dim", sizes.headSize());
    json.addProperty("hidden_act", "silu");
    json.addProperty("hidden_size", sizes.hidden());
    json.addProperty("initializer_range", 0.02);
    json.addProperty("intermediate_size", sizes.intermediate());
    json.addProperty("max_position_embeddings", sizes.context());
    json.addProperty("model_type", modelType(sizes));
    json.addProperty("num_attention_heads", sizes.heads());
    json.addProperty("num_hidden_layers", sizes.layers());
    json.addProperty("num_key_value_heads", sizes.keyValueHeads());
    tokens.pad().ifPresent(id -> json.addProperty("pad_token_id", id));
    json.addProperty("rms_norm_eps", sizes.normEpsilon());
    json.add("rope_scaling", ropeScaling(scaling));
    json.addProperty("rope_theta", sizes.ropeBase());
    switch (sizes.architecture()) {
      case LLAMA -> {
        if (isMistral(sizes)) {
          json.addProperty("sliding_window", sizes.slidingWindow().getAsInt());
        } else {
          json.addProperty("mlp_bias", false);
        }
      }
      case QWEN2, QWEN3 -> json.addProperty("use_sliding_window", false);
    }
    json.addProperty("tie_word_embeddings", sizes.tiedEmbeddings());
    json.addProperty("torch_dtype", "float32");
    json.addProperty("use_cache", true);
    json.addProperty("vocab_size", sizes.vocabulary());
    return json;
  }

  static JsonObject generationConfig(SpecialTokens tokens) {
    JsonObject json = new JsonObject();
    tokens.bos().ifPresent(id -> json.addProperty("bos_token_id", id));
    List<Integer> ends = tokens.ends();
    if (ends.size() == 1) {
      json.addProperty("eos_token_id", ends.get(0));
    } else {
      JsonArray ids = new JsonArray();
      ends.forEach(ids::add);
      json.add("eos_token_id", ids);
    }
    tokens.pad().ifPresent(id -> json.addProperty("pad_token_id", id));
    return json;
  }

  private static String className(ModelSizes sizes) {
    return switch (sizes.architecture()) {
      case LLAMA -> isMistral(sizes) ? "MistralForCausalLM" : "LlamaForCausalLM";
      case QWEN2 -> "Qwen2ForCausalLM";
      case QWEN3 -> "Qwen3ForCausalLM";
    };
  }

  private static String modelType(ModelSizes sizes) {
    return isMistral(sizes) ? "mistral" : sizes.architecture().key();
  }

  /** GGUF has one name for both; the window is what transformers' Llama lacks. */
  private static boolean isMistral(ModelSizes sizes) {
    return sizes.architecture() == Architecture.LLAMA && sizes.slidingWindow().isPresent();
  }

  private static JsonElement ropeScaling(RopeScaling scaling) {
    JsonObject json = new JsonObject();
    if (scaling instanceof RopeScaling.Linear linear) {
      json.addProperty("rope_type", "linear");
      json.addProperty("factor", linear.factor());
    } else if (scaling instanceof RopeScaling.Llama3 llama3) {
      json.addProperty("rope_type", "llama3");
      json.addProperty("factor", llama3.factor());
      json.addProperty("low_freq_factor", llama3.lowFrequency());
      json.addProperty("high_freq_factor", llama3.highFrequency());
      json.addProperty("original_max_position_embeddings", llama3.originalContext());
    } else {
      return JsonNull.INSTANCE;
    }
    return json;
  }
}
