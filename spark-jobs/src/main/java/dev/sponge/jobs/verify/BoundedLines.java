package dev.sponge.jobs.verify;

import dev.sponge.rl.UserError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Reads lines of UTF-8, one at a time, none of which may be longer than a limit. */
final class BoundedLines {
  private static final int BUFFER = 1 << 16;

  private final InputStream stream;
  private final String name;
  private final int longest;
  private final byte[] buffer = new byte[BUFFER];
  private int from;
  private int to;
  private long number;

  /**
   * A line.
   *
   * @param number from 1
   * @param bytes without the end of the line
   */
  record Line(long number, byte[] bytes) {
    /**
     * @throws UserError if it is not UTF-8
     */
    String text() {
      try {
        String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        return number == 1 && text.startsWith("\uFEFF") ? text.substring(1) : text;
      } catch (CharacterCodingException e) {
        throw new UserError(
            "Line " + number + " is not UTF-8; write the file in that encoding.", e);
      }
    }
  }

  /**
   * @param name of the stream, for messages
   * @param longest line in bytes
   */
  BoundedLines(InputStream stream, String name, int longest) {
    this.stream = stream;
    this.name = name;
    this.longest = longest;
  }

  /**
   * The next line; empty at the end.
   *
   * @throws UserError if it is too long or the stream cannot be read
   */
  Optional<Line> next() {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      if (from == to && !filled()) {
        return line.size() == 0 ? Optional.empty() : Optional.of(taken(line));
      }
      int end = from;
      while (end < to && buffer[end] != '\n') {
        end++;
      }
      line.write(buffer, from, end - from);
      boolean whole = end < to;
      from = whole ? end + 1 : end;
      if (line.size() > longest) {
        throw new UserError(
            "Line %d of %s is longer than %,d bytes: no pair of answers; look at the file."
                .formatted(number + 1, name, longest));
      }
      if (whole) {
        return Optional.of(taken(line));
      }
    }
  }

  private Line taken(ByteArrayOutputStream line) {
    number++;
    return new Line(number, line.toByteArray());
  }

  private boolean filled() {
    try {
      from = 0;
      to = Math.max(0, stream.read(buffer));
      return to > 0;
    } catch (IOException e) {
      throw new UserError(name + " cannot be read (" + e + ").", e);
    }
  }
}
