package dev.sponge.datasets.imports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.sponge.datasets.RejectionReason;
import dev.sponge.datasets.imports.FileRow.Fields;
import dev.sponge.datasets.imports.FileRow.Unreadable;
import dev.sponge.rl.UserError;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class JsonRowsTest {
  private static List<FileRow> rows(String name, InputStream in) {
    List<FileRow> rows = new ArrayList<>();
    try (JsonRows json = new JsonRows(in, name, bytes -> {})) {
      for (Optional<FileRow> row = json.next(); row.isPresent(); row = json.next()) {
        rows.add(row.get());
      }
    }
    return rows;
  }

  private static List<FileRow> rows(String name, String text) {
    return rows(name, new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Rows in a word each: number and value of x, or number and reason. */
  private static List<String> words(List<FileRow> rows) {
    return rows.stream()
        .map(
            row ->
                row.number()
                    + " "
                    + (row instanceof Fields fields
                        ? fields.values().get("x").getAsString()
                        : ((Unreadable) row).reason().label()))
        .toList();
  }

  @Test
  void linesArraysAndValuesGiveTheSameRows() {
    String tricky = "{\"x\": \"a]}\\\\\\\"{[\", \"y\": [{\"z\": []}]}";
    List<String> expected = List.of("1 a]}\\\"{[", "2 b", "3 c");
    List<String> objects = List.of(tricky, "{\"x\":\"b\"}", "{\n  \"x\":\n \"c\"}");
    assertThat(words(rows("f.json", "[" + String.join(",\n", objects) + "]\n")))
        .isEqualTo(expected);
    assertThat(
            words(
                rows(
                    "f.json",
                    "{\n" + tricky.substring(1) + String.join("", objects.subList(1, 3)))))
        .isEqualTo(expected);
    String lines = tricky + "\r\n" + objects.get(1) + "\n" + objects.get(2).replace("\n", "");
    assertThat(words(rows("f.jsonl", "\uFEFF" + lines))).isEqualTo(expected);
    assertThat(words(rows("f.json", lines))).as("lines under another name").isEqualTo(expected);
    assertThat(rows("f.json", "[]")).isEmpty();
    assertThat(rows("f.jsonl", "")).isEmpty();
    assertThat(rows("f.json", " \n")).isEmpty();
  }

  @Test
  void aBrokenLineSpoilsNoOther() {
    List<FileRow> rows =
        rows(
            "f.jsonl",
            "{\"x\":1}\n{\"x\":\n\n{\"x\":2} {\"x\":3}\n[1]\n{'x':1}\n{\"x\":NaN}\n7\n{\"x\":9}\n");
    assertThat(words(rows))
        .containsExactly(
            "1 1",
            "2 broken-json",
            "4 broken-json",
            "5 broken-json",
            "6 broken-json",
            "7 broken-json",
            "8 broken-json",
            "9 9");
    assertThat(((Unreadable) rows.get(1)).detail()).isNotBlank().doesNotContain("\n");
    assertThat(rows.get(1).excerpt()).isEqualTo("{\"x\":");
    assertThat(words(rows("f.json", "[{\"x\":1},{\"x\" 2},{\"x\":3}]")))
        .containsExactly("1 1", "2 broken-json", "3 3");
  }

  @Test
  void whatIsNotUtf8IsRejectedAlone() {
    byte[] line = "{\"x\":\"caf?\"}\n{\"x\":2}\n".getBytes(StandardCharsets.UTF_8);
    line[9] = (byte) 0xE9;
    List<FileRow> rows = rows("f.jsonl", new ByteArrayInputStream(line));
    assertThat(words(rows)).containsExactly("1 wrong-encoding", "2 2");
    assertThat(rows.get(0).excerpt()).startsWith("{\"x\":\"caf");
    byte[] utf16 = "{\"x\":1}\n".getBytes(StandardCharsets.UTF_16);
    assertThat(rows("f.jsonl", new ByteArrayInputStream(utf16)))
        .isNotEmpty()
        .allMatch(Unreadable.class::isInstance);
  }

  /** A hundred million letters without an array that holds them. */
  private static InputStream longRow(String before, String after) {
    AtomicLong left = new AtomicLong(100_000_000);
    InputStream letters =
        new InputStream() {
          @Override
          public int read() {
            return left.getAndDecrement() > 0 ? 'a' : -1;
          }

          @Override
          public int read(byte[] into, int from, int count) {
            int given = (int) Math.min(count, left.get());
            if (given <= 0) {
              return -1;
            }
            java.util.Arrays.fill(into, from, from + given, (byte) 'a');
            left.addAndGet(-given);
            return given;
          }
        };
    return new SequenceInputStream(
        Collections.enumeration(
            List.of(
                new ByteArrayInputStream(before.getBytes(StandardCharsets.UTF_8)),
                letters,
                new ByteArrayInputStream(after.getBytes(StandardCharsets.UTF_8)))));
  }

  @Test
  void aRowOfAHundredMegabytesIsPassedOver() {
    for (String name : List.of("f.jsonl", "f.json")) {
      boolean lines = name.endsWith("l");
      List<FileRow> rows =
          rows(
              name,
              longRow(
                  (lines ? "" : "[") + "{\"x\":\"",
                  "\"}" + (lines ? "\n" : ",") + "{\"x\":2}" + (lines ? "" : "]")));
      assertThat(words(rows)).as(name).containsExactly("1 too-long", "2 2");
      assertThat(rows.get(0).excerpt().length()).isLessThanOrEqualTo(1024);
      assertThat(((Unreadable) rows.get(0)).detail()).contains("100000008 bytes");
    }
  }

  @Test
  void anArrayThatWasCutOffEndsTheReading() {
    for (String text : List.of("[{\"x\":1},{\"x\":", "[{\"x\":1}", "[{\"x\":1},", "[")) {
      assertThatThrownBy(() -> rows("set.json", text))
          .as(text)
          .isInstanceOf(UserError.class)
          .hasMessageContaining("set.json")
          .hasMessageContaining("cut off");
    }
  }

  @Property(tries = 200)
  void whatWasWrittenIsRead(@ForAll @Size(max = 6) List<String> texts, @ForAll boolean pretty) {
    GsonBuilder builder = new GsonBuilder();
    Gson json = pretty ? builder.setPrettyPrinting().create() : builder.create();
    JsonArray array = new JsonArray();
    List<String> whole = new ArrayList<>();
    for (String text : texts) {
      // Half of a character cannot be written.
      String clean = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
      whole.add(clean);
      JsonObject row = new JsonObject();
      row.addProperty("x", clean);
      row.add(clean + "[", new JsonArray());
      array.add(row);
    }
    List<String> lines = array.asList().stream().map(new Gson()::toJson).toList();
    for (List<FileRow> rows :
        List.of(
            rows("f.json", json.toJson(array)),
            rows("f.jsonl", String.join("\n", lines)),
            rows("f.json", String.join("\n", lines)))) {
      assertThat(rows)
          .extracting(row -> ((Fields) row).values().get("x").getAsString())
          .isEqualTo(whole);
    }
  }

  @Test
  void reasonsAreWords() {
    assertThat(RejectionReason.DUPLICATE_PROMPT.label()).isEqualTo("duplicate-prompt");
  }
}
