package dev.sponge.jobs.run;

import dev.sponge.rl.SpongeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Names made from content. */
public final class Hashes {
  private Hashes() {}

  /** The first hex digits of the text's SHA-256. */
  public static String sha256(String text, int digits) {
    return sha256(text.getBytes(StandardCharsets.UTF_8)).substring(0, digits);
  }

  /** The SHA-256 of a file's bytes, hex. */
  public static String sha256(Path file) {
    try {
      return sha256(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new SpongeException("Cannot read " + file + ": " + e, e);
    }
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
