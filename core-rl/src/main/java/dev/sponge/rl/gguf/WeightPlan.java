package dev.sponge.rl.gguf;

import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.UserError;
import dev.sponge.rl.model.TensorSource;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which tensor becomes which weight; every tensor of the file is used or refused. */
final class WeightPlan {
  private final GgufFile file;
  private final ModelSizes sizes;
  private final Set<String> used = new HashSet<>();
  private final List<TensorSource> sources = new ArrayList<>();

  private WeightPlan(GgufFile file, ModelSizes sizes) {
    this.file = file;
    this.sizes = sizes;
  }

  /**
   * Weights under their Hugging Face names, dequantised one by one when they are written.
   *
   * @throws UserError when a tensor is missing, has another shape, or is not part of the model
   */
  static List<TensorSource> of(GgufFile file, ModelSizes sizes) {
    WeightPlan plan = new WeightPlan(file, sizes);
    plan.build();
    return plan.sources;
  }

  private void build() {
    long hidden = sizes.hidden();
    plain(ModelSizes.EMBEDDING, "model.embed_tokens.weight", sizes.vocabulary(), hidden);
    for (int layer = 0; layer < sizes.layers(); layer++) {
      layer("blk." + layer + ".", "model.layers." + layer + ".");
    }
    plain("output_norm.weight", "model.norm.weight", hidden);
    if (!sizes.tiedEmbeddings()) {
      plain(ModelSizes.OUTPUT, "lm_head.weight", sizes.vocabulary(), hidden);
    }
    used.add(RopeScalings.FACTORS);
    for (String name : file.header().tensors().keySet()) {
      if (!used.contains(name)) {
        throw error(
            "tensor " + name + " is not part of a " + family() + " model that is supported");
      }
    }
  }

  private void layer(String from, String to) {
    long hidden = sizes.hidden();
    long intermediate = sizes.intermediate();
    long queries = (long) sizes.heads() * sizes.headSize();
    String attention = to + "self_attn.";
    plain(from + "attn_norm.weight", to + "input_layernorm.weight", hidden);
    projection(from + "attn_q.", attention + "q_proj.", sizes.heads());
    projection(from + "attn_k.", attention + "k_proj.", sizes.keyValueHeads());
    values(from + "attn_v.", attention + "v_proj.");
    plain(from + "attn_output.weight", attention + "o_proj.weight", hidden, queries);
    // transformers' Llama has four biases or none, its Qwen2 three.
    if (sizes.attentionBias() && sizes.architecture() != Architecture.QWEN2) {
      plain(from + "attn_output.bias", attention + "o_proj.bias", hidden);
    }
    if (sizes.architecture().headNorms()) {
      plain(from + "attn_q_norm.weight", attention + "q_norm.weight", sizes.headSize());
      plain(from + "attn_k_norm.weight", attention + "k_norm.weight", sizes.headSize());
    }
    plain(from + "ffn_norm.weight", to + "post_attention_layernorm.weight", hidden);
    plain(from + "ffn_gate.weight", to + "mlp.gate_proj.weight", intermediate, hidden);
    plain(from + "ffn_up.weight", to + "mlp.up_proj.weight", intermediate, hidden);
    plain(from + "ffn_down.weight", to + "mlp.down_proj.weight", hidden, intermediate);
  }

  private void values(String from, String to) {
    long rows = (long) sizes.keyValueHeads() * sizes.headSize();
    plain(from + "weight", to + "weight", rows, sizes.hidden());
    if (sizes.attentionBias()) {
      plain(from + "bias", to + "bias", rows);
    }
  }

  private void projection(String from, String to, int heads) {
    long rows = (long) heads * sizes.headSize();
    rotated(from + "weight", to + "weight", heads, rows, sizes.hidden());
    if (sizes.attentionBias()) {
      rotated(from + "bias", to + "bias", heads, rows);
    }
  }

  private void plain(String from, String to, long... shape) {
    GgufTensor tensor = checked(from, shape);
    sources.add(
        new TensorSource(to, new Shape(shape), () -> FloatBuffer.wrap(file.floats(tensor))));
  }

  private void rotated(String from, String to, int heads, long... shape) {
    if (!sizes.architecture().rowsReordered()) {
      plain(from, to, shape);
      return;
    }
    GgufTensor tensor = checked(from, shape);
    sources.add(
        new TensorSource(
            to,
            new Shape(shape),
            () -> {
              float[] values = file.floats(tensor);
              splitHeads(values, heads, sizes.headSize());
              return FloatBuffer.wrap(values);
            }));
  }

  /**
   * Moves the rows of each head from neighbouring pairs to two halves: row 2 j + i of GGUF becomes
   * row i * headSize / 2 + j.
   *
   * @param values (heads * headSize, columns), changed in place
   */
  static void splitHeads(float[] values, int heads, int headSize) {
    int columns = values.length / heads / headSize;
    int headValues = headSize * columns;
    float[] head = new float[headValues];
    for (int h = 0; h < heads; h++) {
      System.arraycopy(values, h * headValues, head, 0, headValues);
      for (int row = 0; row < headSize; row++) {
        int target = row % 2 * (headSize / 2) + row / 2;
        System.arraycopy(head, row * columns, values, h * headValues + target * columns, columns);
      }
    }
  }

  private GgufTensor checked(String name, long... shape) {
    Map<String, GgufTensor> tensors = file.header().tensors();
    GgufTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw error("tensor " + name + " is missing; the file is no complete " + family() + " model");
    }
    List<Long> expected = new ArrayList<>();
    for (long size : shape) {
      expected.add(size);
    }
    if (!tensor.shape().equals(expected)) {
      throw error(
          "tensor " + name + " has shape " + tensor.shape() + ", the metadata ask for " + expected);
    }
    used.add(name);
    return tensor;
  }

  private String family() {
    return sizes.architecture().key();
  }

  private UserError error(String what) {
    return new UserError(file.header().metadata().file() + ": " + what);
  }
}
