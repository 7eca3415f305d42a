package dev.sponge.datasets;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Hashes and seeds that depend on values only, never on the order of calls. */
final class Digests {
  private Digests() {}

  /** SHA-256 over the length-prefixed UTF-8 parts, as 64 hex digits. */
  static String sha256(String... parts) {
    return HexFormat.of().formatHex(digest(parts));
  }

  /** The first 64 bits of {@link #sha256}, as a seed for a random generator. */
  static long seed(String... parts) {
    return ByteBuffer.wrap(digest(parts)).getLong();
  }

  private static byte[] digest(String... parts) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
    for (String part : parts) {
      byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
      // The length keeps ("ab", "c") and ("a", "bc") apart.
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
      digest.update(bytes);
    }
    return digest.digest();
  }
}
