package dev.sponge.jobs.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A table of text: columns as wide as their widest cell, numbers to the right. */
public final class TextTable {
  private static final int MAX_WIDTH = 60;

  private TextTable() {}

  /**
   * Lays out a table; long cells are cut, line breaks are written as {@code \n}.
   *
   * @param header one name per column
   * @param rows cells, as many per row as columns
   * @return lines without trailing spaces
   */
  public static List<String> format(List<String> header, List<List<String>> rows) {
    List<List<String>> cells =
        rows.stream().map(row -> row.stream().map(TextTable::cell).toList()).toList();
    int[] widths = new int[header.size()];
    boolean[] numeric = new boolean[header.size()];
    for (int column = 0; column < widths.length; column++) {
      int c = column;
      widths[c] =
          Math.max(
              header.get(c).length(),
              cells.stream().mapToInt(r -> r.get(c).length()).max().orElse(0));
      numeric[c] =
          !cells.isEmpty() && cells.stream().allMatch(r -> r.get(c).matches("-?[0-9].*|NULL|-|"));
    }
    List<String> lines = new ArrayList<>();
    lines.add(line(header, widths, numeric));
    lines.add(IntStream.of(widths).mapToObj("-"::repeat).collect(Collectors.joining("  ")));
    cells.forEach(row -> lines.add(line(row, widths, numeric)));
    return lines;
  }

  private static String line(List<String> row, int[] widths, boolean[] numeric) {
    return IntStream.range(0, widths.length)
        .mapToObj(
            c -> {
              String padding = " ".repeat(widths[c] - row.get(c).length());
              return numeric[c] ? padding + row.get(c) : row.get(c) + padding;
            })
        .collect(Collectors.joining("  "))
        .stripTrailing();
  }

  private static String cell(String text) {
    String flat = text.replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t");
    return flat.length() > MAX_WIDTH ? flat.substring(0, MAX_WIDTH - 3) + "..." : flat;
  }
}
