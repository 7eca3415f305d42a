package dev.sponge.rl.gguf;

import java.nio.ByteBuffer;

/**
 * The dequantisation rules of ggml (ggml-quants.c, {@code dequantize_row_*}) in float32, operation
 * by operation, so that the values are equal to the bit.
 *
 * <p>In every method {@code in} is little-endian and read from index 0 to its limit, a whole number
 * of blocks; values go to {@code out} from {@code at} on.
 */
final class Dequantizer {
  private static final int HALF_BLOCK = 16;
  private static final int BLOCK = 32;
  private static final int SUPER_BLOCK = 256;

  private Dequantizer() {}

  /** Writes {@code in.limit() / blockBytes * blockSize} values. */
  static void decode(GgmlType type, ByteBuffer in, float[] out, int at) {
    int blocks = in.limit() / type.blockBytes();
    for (int block = 0; block < blocks; block++) {
      int from = block * type.blockBytes();
      int to = at + block * type.blockSize();
      switch (type) {
        case F32 -> out[to] = in.getFloat(from);
        case F16 -> out[to] = half(in, from);
        case BF16 -> out[to] = Float.intBitsToFloat(in.getShort(from) << 16);
        case Q4_0 -> q40(in, from, out, to);
        case Q4_1 -> q41(in, from, out, to);
        case Q5_0 -> q50(in, from, out, to);
        case Q5_1 -> q51(in, from, out, to);
        case Q8_0 -> q8(in, from, out, to);
        case Q4_K -> q4k(in, from, out, to);
        case Q5_K -> q5k(in, from, out, to);
        case Q6_K -> q6k(in, from, out, to);
      }
    }
  }

  /** Float32 of an IEEE half, which it holds exactly. */
  static float halfToFloat(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = (half >> 10) & 0x1F;
    int mantissa = half & 0x3FF;
    if (exponent == 0x1F) {
      return Float.intBitsToFloat(sign | 0x7F800000 | mantissa << 13);
    }
    if (exponent == 0) {
      // Subnormal: mantissa * 2^-24, exact in float32.
      float magnitude = mantissa * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    return Float.intBitsToFloat(sign | (exponent + 112) << 23 | mantissa << 13);
  }

  private static float half(ByteBuffer in, int at) {
    return halfToFloat(in.getShort(at));
  }

  private static int low(int packed) {
    return packed & 0xF;
  }

  private static int high(int packed) {
    return (packed >> 4) & 0xF;
  }

  private static void q40(ByteBuffer in, int from, float[] out, int to) {
    float d = half(in, from);
    for (int j = 0; j < HALF_BLOCK; j++) {
      int q = in.get(from + 2 + j);
      out[to + j] = (low(q) - 8) * d;
      out[to + j + HALF_BLOCK] = (high(q) - 8) * d;
    }
  }

  private static void q41(ByteBuffer in, int from, float[] out, int to) {
    float d = half(in, from);
    float m = half(in, from + 2);
    for (int j = 0; j < HALF_BLOCK; j++) {
      int q = in.get(from + 4 + j);
      out[to + j] = low(q) * d + m;
      out[to + j + HALF_BLOCK] = high(q) * d + m;
    }
  }

  private static void q50(ByteBuffer in, int from, float[] out, int to) {
    float d = half(in, from);
    int fifth = in.getInt(from + 2);
    for (int j = 0; j < HALF_BLOCK; j++) {
      int q = in.get(from + 6 + j);
      out[to + j] = ((low(q) | bit(fifth, j) << 4) - 16) * d;
      out[to + j + HALF_BLOCK] = ((high(q) | bit(fifth, j + HALF_BLOCK) << 4) - 16) * d;
    }
  }

  private static void q51(ByteBuffer in, int from, float[] out, int to) {
    float d = half(in, from);
    float m = half(in, from + 2);
    int fifth = in.getInt(from + 4);
    for (int j = 0; j < HALF_BLOCK; j++) {
      int q = in.get(from + 8 + j);
      out[to + j] = (low(q) | bit(fifth, j) << 4) * d + m;
      out[to + j + HALF_BLOCK] = (high(q) | bit(fifth, j + HALF_BLOCK) << 4) * d + m;
    }
  }

  private static void q8(ByteBuffer in, int from, float[] out, int to) {
    float d = half(in, from);
    for (int j = 0; j < BLOCK; j++) {
      out[to + j] = in.get(from + 2 + j) * d;
    }
  }

  private static void q4k(ByteBuffer in, int from, float[] out, int to) {
    float d = half(in, from);
    float min = half(in, from + 2);
    int quants = from + 16;
    for (int sub = 0; sub < SUPER_BLOCK / BLOCK; sub++) {
      float scale = d * scale(in, from + 4, sub);
      float offset = min * minimum(in, from + 4, sub);
      for (int j = 0; j < BLOCK; j++) {
        int packed = in.get(quants + sub / 2 * BLOCK + j);
        int q = sub % 2 == 0 ? low(packed) : high(packed);
        out[to + sub * BLOCK + j] = scale * q - offset;
      }
    }
  }

  private static void q5k(ByteBuffer in, int from, float[] out, int to) {
    float d = half(in, from);
    float min = half(in, from + 2);
    int fifth = from + 16;
    int quants = fifth + BLOCK;
    for (int sub = 0; sub < SUPER_BLOCK / BLOCK; sub++) {
      float scale = d * scale(in, from + 4, sub);
      float offset = min * minimum(in, from + 4, sub);
      for (int j = 0; j < BLOCK; j++) {
        int packed = in.get(quants + sub / 2 * BLOCK + j);
        int q = (sub % 2 == 0 ? low(packed) : high(packed)) | bit(in.get(fifth + j), sub) << 4;
        out[to + sub * BLOCK + j] = scale * q - offset;
      }
    }
  }

  /** Two halves of 128 values; each is four runs of 32 that share bytes of low and high bits. */
  private static void q6k(ByteBuffer in, int from, float[] out, int to) {
    int scales = from + 192;
    float d = half(in, from + 208);
    for (int run = 0; run < SUPER_BLOCK / BLOCK; run++) {
      int half = run / 4;
      int inHalf = run % 4;
      int lowBits = from + half * 64 + inHalf % 2 * BLOCK;
      int highBits = from + 128 + half * BLOCK;
      for (int j = 0; j < BLOCK; j++) {
        int packed = in.get(lowBits + j);
        int four = inHalf < 2 ? low(packed) : high(packed);
        int two = (in.get(highBits + j) >> (2 * inHalf)) & 3;
        float scale = d * in.get(scales + run * 2 + j / HALF_BLOCK);
        out[to + run * BLOCK + j] = scale * ((four | two << 4) - 32);
      }
    }
  }

  private static int bit(int bits, int index) {
    return (bits >>> index) & 1;
  }

  /** Six-bit scale of a run of 32 values; runs 4 to 7 keep their upper two bits with 0 to 3. */
  private static int scale(ByteBuffer in, int at, int run) {
    return run < 4
        ? in.get(at + run) & 0x3F
        : low(in.get(at + run + 4)) | ((in.get(at + run - 4) >> 6) & 3) << 4;
  }

  private static int minimum(ByteBuffer in, int at, int run) {
    return run < 4
        ? in.get(at + run + 4) & 0x3F
        : high(in.get(at + run + 4)) | ((in.get(at + run) >> 6) & 3) << 4;
  }
}
