package dev.sponge.datasets.imports;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import dev.sponge.datasets.RejectionReason;
import dev.sponge.datasets.imports.JsonChunks.Chunk;
import dev.sponge.rl.UserError;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.LongConsumer;

/** The rows of a JSON file, one at a time: an array, lines, or values that span lines. */
public final class JsonRows implements Closeable {
  private static final int EXCERPT_BYTES = 1 << 10;

  private final JsonChunks chunks;
  private final String name;

  /**
   * @param in closed with this
   * @param name of the file
   * @param progress takes the numbers of bytes as they are read
   */
  public JsonRows(InputStream in, String name, LongConsumer progress) {
    this.chunks = new JsonChunks(in, name, progress);
    this.name = name;
  }

  /**
   * The next row; empty at the end of the file.
   *
   * @throws UserError if the file cannot be read, or ends within an array
   */
  public Optional<FileRow> next() {
    try {
      return chunks.next().map(JsonRows::row);
    } catch (IOException e) {
      throw new UserError("%s cannot be read: %s".formatted(name, e.getMessage()), e);
    }
  }

  private static FileRow row(Chunk chunk) {
    if (chunk.isTooLong()) {
      return new FileRow.Unreadable(
          chunk.number(),
          RejectionReason.TOO_LONG,
          "the row has %d bytes, more than %d"
              .formatted(chunk.length(), (long) JsonChunks.MOST_BYTES),
          beginning(chunk.bytes()));
    }
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(chunk.bytes()))
              .toString();
      return parse(chunk.number(), text);
    } catch (CharacterCodingException e) {
      return new FileRow.Unreadable(
          chunk.number(),
          RejectionReason.WRONG_ENCODING,
          "the row is not UTF-8 (%s)".formatted(e.getMessage()),
          beginning(chunk.bytes()));
    }
  }

  /** A row from the text of a JSON object. */
  public static FileRow parse(long number, String text) {
    try (JsonReader reader = new JsonReader(new StringReader(text))) {
      reader.setStrictness(Strictness.STRICT);
      JsonElement element = JsonParser.parseReader(reader);
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        return broken(number, "something follows the value", text);
      }
      return element instanceof JsonObject object
          ? new FileRow.Fields(number, object, text)
          : broken(number, "the row is no JSON object", text);
    } catch (IOException | JsonParseException | IllegalStateException e) {
      return broken(number, reason(e), text);
    }
  }

  private static FileRow broken(long number, String detail, String text) {
    return new FileRow.Unreadable(number, RejectionReason.BROKEN_JSON, detail, text);
  }

  /** Gson adds an address of its own to the first line. */
  private static String reason(Exception e) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    return message.lines().findFirst().orElse("").replaceFirst("^[\\w.]*Exception: ", "");
  }

  private static String beginning(byte[] bytes) {
    return new String(
        Arrays.copyOf(bytes, Math.min(bytes.length, EXCERPT_BYTES)), StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    try {
      chunks.close();
    } catch (IOException e) {
      throw new UserError("%s cannot be read: %s".formatted(name, e.getMessage()), e);
    }
  }
}
