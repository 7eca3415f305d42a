package dev.sponge.jobs.study;

import java.util.List;

/** One text as Markdown and as a web page of its own. */
final class Document {
  private static final String STYLE =
      """
      body { font-family: system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff; line-height: 1.45 }
      table { border-collapse: collapse; font-size: 0.85rem; margin: 1rem 0; display: block; overflow-x: auto }
      th, td { border-bottom: 1px solid #ddd; padding: 0.3rem 0.6rem; text-align: right; white-space: nowrap }
      th:first-child, td:first-child { text-align: left }
      svg { max-width: 760px; width: 100%; height: auto; margin: 0.6rem 0 }
      """;

  private final StringBuilder markdown = new StringBuilder();
  private final StringBuilder html = new StringBuilder();

  Document(String title) {
    markdown.append("# ").append(title).append("\n\n");
    html.append("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .append("<title>%s</title>\n<style>\n%s</style>\n".formatted(escaped(title), STYLE))
        .append("<h1>%s</h1>\n".formatted(escaped(title)));
  }

  void heading(String text) {
    markdown.append("## ").append(text).append("\n\n");
    html.append("<h2>%s</h2>\n".formatted(escaped(text)));
  }

  void paragraph(String text) {
    markdown.append(text).append("\n\n");
    html.append("<p>%s</p>\n".formatted(escaped(text)));
  }

  /** Text that is Markdown already: paragraphs and lists go into the page as they are read. */
  void markdown(String text) {
    if (text.isEmpty()) {
      return;
    }
    markdown.append(text).append("\n\n");
    for (String block : text.split("\n\\s*\n", -1)) {
      if (block.startsWith("- ")) {
        html.append("<ul>\n");
        for (String item : block.split("\n(?=- )", -1)) {
          html.append("<li>%s</li>\n".formatted(escaped(item.substring(2))));
        }
        html.append("</ul>\n");
      } else if (block.startsWith("#")) {
        html.append("<h2>%s</h2>\n".formatted(escaped(block.replaceFirst("#+ *", ""))));
      } else {
        html.append("<p>%s</p>\n".formatted(escaped(block)));
      }
    }
  }

  void table(List<String> headings, List<List<String>> rows) {
    markdown.append("| ").append(String.join(" | ", headings)).append(" |\n|");
    headings.forEach(heading -> markdown.append("---|"));
    markdown.append('\n');
    html.append("<table>\n<tr>");
    headings.forEach(heading -> html.append("<th>%s</th>".formatted(escaped(heading))));
    html.append("</tr>\n");
    for (List<String> row : rows) {
      markdown.append("| ").append(String.join(" | ", row)).append(" |\n");
      html.append("<tr>");
      row.forEach(cell -> html.append("<td>%s</td>".formatted(escaped(cell))));
      html.append("</tr>\n");
    }
    markdown.append('\n');
    html.append("</table>\n");
  }

  /**
   * @param file of the picture beside the Markdown; the page holds it itself
   */
  void picture(String title, String file, String svg) {
    markdown.append("![").append(title).append("](").append(file).append(")\n\n");
    html.append(svg);
  }

  String markdownText() {
    return markdown.toString();
  }

  String htmlText() {
    return html + "</html>\n";
  }

  private static String escaped(String text) {
    return LineChart.escaped(text);
  }
}
