package dev.sponge.rl.model;

import java.util.Arrays;
import java.util.Optional;

/** The matrices of a layer, by the names of Hugging Face. */
public enum Projection {
  Q("q_proj", "self_attn"),
  K("k_proj", "self_attn"),
  V("v_proj", "self_attn"),
  O("o_proj", "self_attn"),
  GATE("gate_proj", "mlp"),
  UP("up_proj", "mlp"),
  DOWN("down_proj", "mlp");

  private static final int QKV = 1;
  private static final int OUTPUT = 3;
  private static final int GATE_UP = 6;
  private static final int FUSED_DOWN = 7;
  private static final int FUSED_PER_LAYER = 10;

  private final String label;
  private final String block;

  Projection(String label, String block) {
    this.label = label;
    this.block = block;
  }

  /** The word in configurations and parameter names. */
  public String label() {
    return label;
  }

  public static Optional<Projection> ofLabel(String label) {
    return Arrays.stream(values()).filter(p -> p.label.equals(label)).findFirst();
  }

  /** The parameter's name without {@code .weight}. */
  public String module(int layer) {
    return "model.layers." + layer + "." + block + "." + label;
  }

  /** Rows of the matrix. */
  public int out(ModelConfig config) {
    return switch (this) {
      case Q -> config.numAttentionHeads() * config.headDim();
      case K, V -> config.numKeyValueHeads() * config.headDim();
      case GATE, UP -> config.intermediateSize();
      case O, DOWN -> config.hiddenSize();
    };
  }

  /** Columns of the matrix. */
  public int in(ModelConfig config) {
    return switch (this) {
      case Q, K, V, GATE, UP -> config.hiddenSize();
      case O -> config.numAttentionHeads() * config.headDim();
      case DOWN -> config.intermediateSize();
    };
  }

  /** Where it stands in the fused weights: index of the tensor, first row, rows. */
  public long[] segment(int layer, ModelConfig config) {
    int at = 1 + FUSED_PER_LAYER * layer;
    return switch (this) {
      case Q -> new long[] {at + QKV, 0, out(config)};
      case K -> new long[] {at + QKV, Q.out(config), out(config)};
      case V -> new long[] {at + QKV, Q.out(config) + K.out(config), out(config)};
      case O -> new long[] {at + OUTPUT, 0, out(config)};
      case GATE -> new long[] {at + GATE_UP, 0, out(config)};
      case UP -> new long[] {at + GATE_UP, out(config), out(config)};
      case DOWN -> new long[] {at + FUSED_DOWN, 0, out(config)};
    };
  }
}
