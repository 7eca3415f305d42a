package dev.sponge.rl.gguf;

import dev.sponge.rl.UserError;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Typed access to the metadata; every error is a {@link UserError} that names file and key.
 *
 * @param file named in errors
 */
record GgufMetadata(Path file, Map<String, GgufValue> values) {
  boolean has(String key) {
    return values.containsKey(key);
  }

  Optional<String> text(String key) {
    return Optional.ofNullable(values.get(key))
        .map(
            value -> {
              if (value instanceof GgufValue.Text text) {
                return decode(key, text.utf8());
              }
              throw wrong(key, "is no string");
            });
  }

  String requiredText(String key) {
    return text(key).orElseThrow(() -> missing(key));
  }

  /**
   * A count, size or id.
   *
   * @throws UserError when the value is no integer from 0 to 2^31 - 1
   */
  OptionalInt natural(String key) {
    GgufValue value = values.get(key);
    if (value == null) {
      return OptionalInt.empty();
    }
    // Some sizes may differ by layer and are then arrays; equal ones are one size.
    if (value instanceof GgufValue.ArrayOf) {
      int[] all = naturals(key);
      for (int one : all) {
        if (one != all[0]) {
          throw wrong(key, "differs between layers, which is not supported");
        }
      }
      return all.length == 0 ? OptionalInt.empty() : OptionalInt.of(all[0]);
    }
    if (!(value instanceof GgufValue.Scalar scalar)) {
      throw wrong(key, "is no integer");
    }
    return OptionalInt.of(natural(key, scalar.type(), scalar.bytes(), 0));
  }

  int requiredNatural(String key) {
    return natural(key).orElseThrow(() -> missing(key));
  }

  /** A finite floating-point number. */
  Optional<Float> real(String key) {
    GgufValue value = values.get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (!(value instanceof GgufValue.Scalar scalar)) {
      throw wrong(key, "is no number");
    }
    return Optional.of(real(key, scalar.type(), scalar.bytes(), 0));
  }

  Optional<Boolean> flag(String key) {
    GgufValue value = values.get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof GgufValue.Scalar scalar && scalar.type() == GgufValue.Type.BOOL) {
      return Optional.of(scalar.bytes().get(0) != 0);
    }
    throw wrong(key, "is no truth value");
  }

  /** Strings of an array; empty when the key is missing. */
  List<String> texts(String key) {
    Optional<GgufValue.ArrayOf> array = array(key);
    if (array.isEmpty()) {
      return List.of();
    }
    if (array.get().elementType() != GgufValue.Type.STRING) {
      throw wrong(key, "holds no strings");
    }
    ByteBuffer bytes = array.get().bytes();
    List<String> texts = new ArrayList<>(array.get().count());
    int position = 0;
    for (int i = 0; i < array.get().count(); i++) {
      int length = Math.toIntExact(bytes.getLong(position));
      position += Long.BYTES;
      texts.add(decode(key, bytes.slice(position, length)));
      position += length;
    }
    return texts;
  }

  /** Integers of an array; empty when the key is missing. */
  int[] naturals(String key) {
    Optional<GgufValue.ArrayOf> array = array(key);
    int[] numbers = new int[array.map(GgufValue.ArrayOf::count).orElse(0)];
    for (int i = 0; i < numbers.length; i++) {
      GgufValue.Type type = array.get().elementType();
      numbers[i] = natural(key, type, array.get().bytes(), i * type.leastBytes());
    }
    return numbers;
  }

  /** Numbers of an array; empty when the key is missing. */
  float[] reals(String key) {
    Optional<GgufValue.ArrayOf> array = array(key);
    float[] numbers = new float[array.map(GgufValue.ArrayOf::count).orElse(0)];
    for (int i = 0; i < numbers.length; i++) {
      GgufValue.Type type = array.get().elementType();
      numbers[i] = real(key, type, array.get().bytes(), i * type.leastBytes());
    }
    return numbers;
  }

  /** An error about a key. */
  UserError wrong(String key, String what) {
    return new UserError(file + ": " + key + " " + what);
  }

  private UserError missing(String key) {
    return new UserError(
        file + ": key " + key + " is missing; the file is no complete model, convert it again");
  }

  private Optional<GgufValue.ArrayOf> array(String key) {
    GgufValue value = values.get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof GgufValue.ArrayOf array) {
      return Optional.of(array);
    }
    throw wrong(key, "is no array");
  }

  private int natural(String key, GgufValue.Type type, ByteBuffer bytes, int at) {
    long number =
        switch (type) {
          case UINT8 -> Byte.toUnsignedLong(bytes.get(at));
          case INT8 -> bytes.get(at);
          case UINT16 -> Short.toUnsignedLong(bytes.getShort(at));
          case INT16 -> bytes.getShort(at);
          case UINT32 -> Integer.toUnsignedLong(bytes.getInt(at));
          case INT32 -> bytes.getInt(at);
          case UINT64, INT64 -> bytes.getLong(at);
          case FLOAT32, FLOAT64, BOOL, STRING, ARRAY -> throw wrong(key, "is no integer");
        };
    if (number < 0 || number > Integer.MAX_VALUE) {
      throw wrong(key, "= " + number + " is out of range: it must be from 0 to 2147483647");
    }
    return (int) number;
  }

  private float real(String key, GgufValue.Type type, ByteBuffer bytes, int at) {
    float number =
        switch (type) {
          case FLOAT32 -> bytes.getFloat(at);
          case FLOAT64 -> (float) bytes.getDouble(at);
          case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 ->
              natural(key, type, bytes, at);
          case BOOL, STRING, ARRAY -> throw wrong(key, "is no number");
        };
    if (!Float.isFinite(number)) {
      throw wrong(key, "= " + number + " must be a finite number");
    }
    return number;
  }

  private String decode(String key, ByteBuffer utf8) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(utf8.duplicate()).toString();
    } catch (CharacterCodingException e) {
      throw new UserError(file + ": " + key + " holds text that is not UTF-8", e);
    }
  }
}
