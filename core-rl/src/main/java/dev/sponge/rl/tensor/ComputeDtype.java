package dev.sponge.rl.tensor;

/** The floating-point format of a model's products; parameters are kept in float32. */
public enum ComputeDtype {
  FLOAT32("float32", 6, Float.BYTES),
  BFLOAT16("bfloat16", 15, Short.BYTES);

  private final String label;
  private final int scalarType;
  private final int bytes;

  ComputeDtype(String label, int scalarType, int bytes) {
    this.label = label;
    this.scalarType = scalarType;
    this.bytes = bytes;
  }

  /** The word in configuration and tables, as torch spells it. */
  public String label() {
    return label;
  }

  /** Bytes of one number. */
  public int bytes() {
    return bytes;
  }

  /** libtorch's number of the format. */
  long scalarType() {
    return scalarType;
  }
}
