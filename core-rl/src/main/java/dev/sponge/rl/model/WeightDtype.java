package dev.sponge.rl.model;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** How the weights of a file are stored. In memory they are always float32. */
public enum WeightDtype {
  /** IEEE binary32. */
  F32(Float.BYTES, 6, "float32"),
  /** IEEE binary16. */
  F16(Short.BYTES, 5, "float16"),
  /** The upper half of a binary32. */
  BF16(Short.BYTES, 15, "bfloat16");

  private final int bytes;
  private final int scalarType;
  private final String torchName;

  WeightDtype(int bytes, int scalarType, String torchName) {
    this.bytes = bytes;
    this.scalarType = scalarType;
    this.torchName = torchName;
  }

  /** The dtype of this name in a safetensors header; empty when weights are not stored so. */
  static Optional<WeightDtype> ofSafetensors(String name) {
    return Arrays.stream(values()).filter(dtype -> dtype.safetensorsName().equals(name)).findAny();
  }

  /** All names as a safetensors header spells them. */
  static String safetensorsNames() {
    return Arrays.stream(values())
        .map(WeightDtype::safetensorsName)
        .collect(Collectors.joining(", "));
  }

  /** Name in a safetensors header. */
  public String safetensorsName() {
    return name();
  }

  /** Bytes of one value. */
  public int bytes() {
    return bytes;
  }

  /** Number of the dtype in libtorch. */
  int scalarType() {
    return scalarType;
  }

  /** The word of {@code torch_dtype} in a {@code config.json}. */
  public String torchName() {
    return torchName;
  }
}
