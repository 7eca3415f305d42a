package dev.sponge.jobs.table;

import dev.sponge.rl.SpongeException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The views that people ask: SQL over the tables' rows that count, one statement a view in the
 * resource {@code views.sql}. A view may use those before it.
 */
public final class SqlViews {
  /** The script in a work directory that makes tables and views known to any Spark session. */
  public static final String SCRIPT = "views.sql";

  /** Directory under the work directory for the tables that {@link #save} writes. */
  public static final String DIRECTORY = "views";

  private static final Pattern STATEMENT =
      Pattern.compile(
          "(?s)CREATE OR REPLACE TEMPORARY VIEW (\\w+).*?\\)\\s*COMMENT '([^']*)'.*?;(?=\\s*(\\R|$))");

  private static final List<View> ALL = parse(resource());

  private SqlViews() {}

  /**
   * A view.
   *
   * @param comment what one row is
   * @param statement its {@code CREATE OR REPLACE TEMPORARY VIEW}, without a semicolon
   */
  public record View(String name, String comment, String statement) {}

  /** Every view; each uses tables and views before it. */
  public static List<View> all() {
    return ALL;
  }

  /** The views that a query names, and those that they use, in the order of {@link #all()}. */
  static List<View> neededBy(String query) {
    Deque<View> needed = new ArrayDeque<>();
    StringBuilder text = new StringBuilder(query);
    for (int i = ALL.size() - 1; i >= 0; i--) {
      if (mentions(text.toString(), ALL.get(i).name())) {
        needed.addFirst(ALL.get(i));
        text.append(' ').append(ALL.get(i).statement());
      }
    }
    return List.copyOf(needed);
  }

  static boolean mentions(String query, String name) {
    return Pattern.compile("(?i)\\b" + name + "\\b").matcher(query).find();
  }

  /**
   * A script of statements for a Spark session that knows Delta and nothing of Sponge: first a view
   * for each table with the rows that count, then {@link #all()}.
   */
  public static String script(Lakehouse lakehouse) {
    StringBuilder script = new StringBuilder();
    script
        .append("-- The tables of ")
        .append(lakehouse.root())
        .append(" as temporary views, rows that count alone.\n")
        .append("-- Written by sponge, for spark-sql -i views.sql or statement by statement.\n");
    for (LakeTable<?> table : lakehouse.tables()) {
      script.append(
          "\nCREATE OR REPLACE TEMPORARY VIEW %s AS\n%s;\n"
              .formatted(table.name(), table.committedSql(LakeTable::place)));
    }
    return script.append('\n').append(resource()).toString();
  }

  /**
   * Writes {@link #script} to {@code <work>/views.sql} unless it is there.
   *
   * @param work local work directory
   */
  public static Path write(Lakehouse lakehouse, Path work) {
    Path file = work.resolve(SCRIPT);
    String script = script(lakehouse);
    try {
      if (!Files.exists(file) || !Files.readString(file).equals(script)) {
        Files.createDirectories(work);
        Files.writeString(file, script);
      }
    } catch (IOException e) {
      throw new SpongeException("Cannot write " + file + ": " + e, e);
    }
    return file;
  }

  /**
   * Writes a view's present rows as a Delta table that every Delta reader can open: no reader
   * feature, no nested column. A table that is there gets a new version.
   *
   * @param path directory of the table, as URI or path
   */
  public static void save(Lakehouse lakehouse, View view, String path) {
    lakehouse
        .sql("SELECT * FROM " + view.name())
        .coalesce(1)
        .write()
        .format("delta")
        .mode("overwrite")
        .option("overwriteSchema", "true")
        .save(path);
  }

  private static List<View> parse(String text) {
    List<View> views = new ArrayList<>();
    Matcher matcher = STATEMENT.matcher(text);
    while (matcher.find()) {
      String statement = matcher.group().strip();
      views.add(
          new View(
              matcher.group(1), matcher.group(2), statement.substring(0, statement.length() - 1)));
    }
    return List.copyOf(views);
  }

  private static String resource() {
    try (InputStream stream = SqlViews.class.getResourceAsStream("/" + SCRIPT)) {
      if (stream == null) {
        throw new SpongeException("The installation is incomplete: no resource " + SCRIPT);
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
