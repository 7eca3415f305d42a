package dev.sponge.rl;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Numbers that a peer computed, with the script beside it; read without the code under test. */
public final class Fixture {
  private final JsonObject header;
  private final ByteBuffer data;

  private Fixture(JsonObject header, ByteBuffer data) {
    this.header = header;
    this.data = data;
  }

  /** The folder of all fixtures. */
  public static Path directory() {
    try {
      return Path.of(Fixture.class.getResource("/fixtures/adamw.safetensors").toURI()).getParent();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Opens a safetensors file below {@link #directory()}. */
  public static Fixture open(String name) {
    try {
      ByteBuffer all =
          ByteBuffer.wrap(Files.readAllBytes(directory().resolve(name)))
              .order(ByteOrder.LITTLE_ENDIAN);
      int length = (int) all.getLong();
      byte[] json = new byte[length];
      all.get(json);
      JsonObject header =
          JsonParser.parseString(new String(json, StandardCharsets.UTF_8)).getAsJsonObject();
      return new Fixture(header, all.slice().order(ByteOrder.LITTLE_ENDIAN));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Values of an F32 tensor, row by row. */
  public float[] floats(String name) {
    ByteBuffer bytes = bytes(name, "F32");
    float[] values = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(values);
    return values;
  }

  /** Values of an I32 tensor, row by row. */
  public int[] ints(String name) {
    ByteBuffer bytes = bytes(name, "I32");
    int[] values = new int[bytes.remaining() / Integer.BYTES];
    bytes.asIntBuffer().get(values);
    return values;
  }

  /** Shape of a tensor. */
  public long[] shape(String name) {
    JsonArray shape = header.getAsJsonObject(name).getAsJsonArray("shape");
    long[] sizes = new long[shape.size()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = shape.get(i).getAsLong();
    }
    return sizes;
  }

  private ByteBuffer bytes(String name, String dtype) {
    JsonObject tensor = header.getAsJsonObject(name);
    if (tensor == null || !tensor.get("dtype").getAsString().equals(dtype)) {
      throw new IllegalArgumentException("the fixture holds no " + dtype + " tensor " + name);
    }
    JsonArray offsets = tensor.getAsJsonArray("data_offsets");
    int from = offsets.get(0).getAsInt();
    int to = offsets.get(1).getAsInt();
    return data.slice(from, to - from).order(ByteOrder.LITTLE_ENDIAN);
  }
}
