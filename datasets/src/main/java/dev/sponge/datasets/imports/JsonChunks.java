package dev.sponge.datasets.imports;

import dev.sponge.rl.UserError;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Cuts a file into its JSON values without understanding them: one value a line, the elements of
 * one array, or values that span lines. A value above the bound is passed over without being held,
 * and one that is broken spoils no other of its lines or, while its brackets and quotes pair, of
 * its array.
 */
final class JsonChunks implements Closeable {
  /** Bytes of a value that is kept whole. */
  static final int MOST_BYTES = 8 << 20;

  private static final int BUFFER = 1 << 16;
  private static final int KEPT_OF_LONG = 1 << 10;
  private static final int END = -1;

  /**
   * A value of the file.
   *
   * @param number from 1: of the element, or of the line
   * @param bytes the value, or the beginning of one that is too long
   * @param length of the whole value in bytes
   */
  @SuppressWarnings("ArrayRecordComponent") // Read once, never compared.
  record Chunk(long number, byte[] bytes, long length) {
    boolean isTooLong() {
      return length > MOST_BYTES;
    }
  }

  private enum Mode {
    LINES,
    ELEMENTS,
    VALUES
  }

  private final InputStream in;
  private final String name;
  private final LongConsumer progress;
  private final byte[] buffer = new byte[BUFFER];
  private int at;
  private int filled;
  private Mode mode;
  private long number;

  private ByteArrayOutputStream value = new ByteArrayOutputStream();
  private long length;

  /**
   * @param in closed with this
   * @param name of the file; one that ends with .jsonl has a value a line
   * @param progress takes the numbers of bytes as they are read
   */
  JsonChunks(InputStream in, String name, LongConsumer progress) {
    this.in = in;
    this.name = name;
    this.progress = progress;
  }

  /**
   * The next value; empty at the end of the file.
   *
   * @throws UserError if the file ends within an array
   */
  Optional<Chunk> next() throws IOException {
    if (mode == null) {
      mode = begin();
    }
    return switch (mode) {
      case LINES -> line();
      case ELEMENTS -> element();
      case VALUES -> value();
    };
  }

  private Mode begin() throws IOException {
    skipByteOrderMark();
    if (name.endsWith(".jsonl")) {
      return Mode.LINES;
    }
    skipBlanks();
    if (peek() == '[') {
      at++;
      return Mode.ELEMENTS;
    }
    return firstLineIsWhole() ? Mode.LINES : Mode.VALUES;
  }

  private void skipByteOrderMark() throws IOException {
    if (peek() == 0xEF && filled - at >= 3 && buffer[at + 1] == (byte) 0xBB) {
      at += 3;
    }
  }

  /** Whether brackets pair in the first line, as far as the buffer shows it. */
  private boolean firstLineIsWhole() throws IOException {
    if (peek() == END) {
      return true;
    }
    Nesting nesting = new Nesting();
    for (int i = at; i < filled; i++) {
      if (buffer[i] == '\n') {
        return nesting.isClosed();
      }
      nesting.take(buffer[i]);
    }
    // The whole file, or a line too long to tell.
    return true;
  }

  private Optional<Chunk> line() throws IOException {
    while (peek() != END) {
      number++;
      start();
      for (int b = read(); b != END && b != '\n'; b = read()) {
        keep(b);
      }
      if (!isBlank()) {
        return Optional.of(chunk());
      }
    }
    return Optional.empty();
  }

  private Optional<Chunk> element() throws IOException {
    skipBlanks();
    if (peek() == ',') {
      at++;
      skipBlanks();
    }
    if (peek() == ']') {
      return Optional.empty();
    }
    number++;
    start();
    Nesting nesting = new Nesting();
    while (true) {
      int b = peek();
      if (b == END) {
        throw new UserError(
            "%s ends in the middle of row %d of its array: it was cut off; fetch it again. Nothing was imported."
                .formatted(name, number));
      }
      if (nesting.isClosed() && (b == ',' || b == ']')) {
        return Optional.of(chunk());
      }
      at++;
      nesting.take(b);
      keep(b);
    }
  }

  private Optional<Chunk> value() throws IOException {
    skipBlanks();
    if (peek() == END) {
      return Optional.empty();
    }
    number++;
    start();
    Nesting nesting = new Nesting();
    do {
      int b = read();
      nesting.take(b);
      keep(b);
    } while (!nesting.isClosed() && peek() != END);
    return Optional.of(chunk());
  }

  /** How deep in brackets, and whether in a string. */
  private static final class Nesting {
    private int depth;
    private boolean inString;
    private boolean escaped;

    void take(int b) {
      if (inString) {
        if (escaped) {
          escaped = false;
        } else if (b == '\\') {
          escaped = true;
        } else if (b == '"') {
          inString = false;
        }
        return;
      }
      switch (b) {
        case '"' -> inString = true;
        case '{', '[' -> depth++;
        case '}', ']' -> depth--;
        default -> {
          // Numbers, words, commas and blanks.
        }
      }
    }

    boolean isClosed() {
      return depth <= 0 && !inString;
    }
  }

  private void start() {
    value = new ByteArrayOutputStream();
    length = 0;
  }

  private void keep(int b) {
    length++;
    if (length <= MOST_BYTES) {
      value.write(b);
    } else if (length == MOST_BYTES + 1L) {
      byte[] head = java.util.Arrays.copyOf(value.toByteArray(), KEPT_OF_LONG);
      value = new ByteArrayOutputStream();
      value.writeBytes(head);
    }
  }

  private boolean isBlank() {
    return length <= BUFFER && value.toString(java.nio.charset.StandardCharsets.UTF_8).isBlank();
  }

  private Chunk chunk() {
    return new Chunk(number, value.toByteArray(), length);
  }

  private void skipBlanks() throws IOException {
    for (int b = peek(); b == ' ' || b == '\n' || b == '\r' || b == '\t'; b = peek()) {
      at++;
    }
  }

  private int peek() throws IOException {
    if (at == filled && !fill()) {
      return END;
    }
    return buffer[at] & 0xFF;
  }

  private int read() throws IOException {
    int b = peek();
    if (b != END) {
      at++;
    }
    return b;
  }

  private boolean fill() throws IOException {
    int got;
    try {
      got = in.readNBytes(buffer, 0, BUFFER);
    } catch (EOFException e) {
      throw new UserError("%s cannot be read to its end: it was cut off.".formatted(name), e);
    }
    at = 0;
    filled = got;
    progress.accept(got);
    return got > 0;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
