package dev.sponge.rl;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** What verl computed; see make_advantage_fixtures.py. */
public final class VerlFixture {
  private final JsonObject root;

  private VerlFixture(JsonObject root) {
    this.root = root;
  }

  public static VerlFixture open() {
    try (Reader reader =
        new InputStreamReader(
            VerlFixture.class.getResourceAsStream("/advantages/verl.json"),
            StandardCharsets.UTF_8)) {
      return new VerlFixture(JsonParser.parseReader(reader).getAsJsonObject());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  public VerlFixture part(String name) {
    return new VerlFixture(root.getAsJsonObject(name));
  }

  public List<VerlFixture> parts(String name) {
    List<VerlFixture> parts = new ArrayList<>();
    root.getAsJsonArray(name).forEach(e -> parts.add(new VerlFixture(e.getAsJsonObject())));
    return parts;
  }

  public double number(String name) {
    return root.get(name).getAsDouble();
  }

  public double[] row(String name) {
    return row(root.get(name));
  }

  public double[][] rows(String name) {
    JsonArray rows = root.getAsJsonArray(name);
    return IntStream.range(0, rows.size()).mapToObj(i -> row(rows.get(i))).toArray(double[][]::new);
  }

  private static double[] row(JsonElement row) {
    JsonArray values = row.getAsJsonArray();
    return IntStream.range(0, values.size())
        .mapToDouble(i -> values.get(i).getAsDouble())
        .toArray();
  }
}
