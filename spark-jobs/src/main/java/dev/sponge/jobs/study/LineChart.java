package dev.sponge.jobs.study;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;

/** Lines with bands as an SVG picture, readable on a light and on a dark page. */
public final class LineChart {
  private static final int WIDTH = 860;
  private static final int HEIGHT = 420;
  private static final int LEFT = 64;
  private static final int RIGHT = 290;
  private static final int TOP = 34;
  private static final int BOTTOM = 52;
  private static final int TICKS = 5;
  // A tick at a bound counts though its multiple is off by the last bit.
  private static final double ROUNDING = 1e-9;
  // Okabe and Ito's palette, told apart with colour blindness too.
  private static final List<String> COLOURS =
      List.of(
          "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8A6D00", "#777777");
  private static final List<String> DASHES = List.of("", "6 4", "2 3", "9 3 2 3");

  private final String title;
  private final String xTitle;
  private final String yTitle;
  private final List<Line> lines = new ArrayList<>();

  /** An empty picture. */
  public LineChart(String title, String xTitle, String yTitle) {
    this.title = title;
    this.xTitle = xTitle;
    this.yTitle = yTitle;
  }

  /**
   * A line with its band.
   *
   * @param style which colour and dash, the same for a variant in all pictures of a report
   * @param x ascending
   * @param y as many as x
   * @param low lower edge of the band, as many as x
   * @param high upper edge of the band
   */
  public record Line(
      String label, int style, double[] x, double[] y, double[] low, double[] high) {}

  /** Adds a line; returns this. */
  public LineChart add(Line line) {
    lines.add(line);
    return this;
  }

  /** The picture; the same bytes for the same lines. */
  public String svg() {
    double right = lines.stream().mapToDouble(l -> l.x()[l.x().length - 1]).max().orElse(1);
    double bottom = Double.MAX_VALUE;
    double top = -Double.MAX_VALUE;
    for (Line line : lines) {
      for (int i = 0; i < line.x().length; i++) {
        bottom = Math.min(bottom, line.low()[i]);
        top = Math.max(top, line.high()[i]);
      }
    }
    if (!(top > bottom)) {
      top = bottom + 1;
    }
    double step = step(top - bottom);
    Frame frame =
        new Frame(
            Math.max(right, 1e-9), Math.floor(bottom / step) * step, Math.ceil(top / step) * step);
    StringBuilder out = new StringBuilder();
    out.append(
        text(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\" font-family=\"sans-serif\" font-size=\"12\">%n",
            WIDTH, HEIGHT, escaped(title)));
    out.append(text("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>%n", WIDTH, HEIGHT));
    out.append(
        text(
            "<text x=\"%d\" y=\"20\" font-size=\"14\" font-weight=\"bold\" fill=\"#222\">%s</text>%n",
            LEFT, escaped(title)));
    axes(out, frame);
    for (int i = 0; i < lines.size(); i++) {
      draw(out, frame, i);
    }
    return out.append("</svg>\n").toString();
  }

  private record Frame(double right, double bottom, double top) {
    double x(double value) {
      return LEFT + value / right * (WIDTH - LEFT - RIGHT);
    }

    double y(double value) {
      return HEIGHT - BOTTOM - (value - bottom) / (top - bottom) * (HEIGHT - TOP - BOTTOM);
    }
  }

  private void axes(StringBuilder out, Frame frame) {
    double upwards = step(frame.top() - frame.bottom());
    for (double value : ticks(frame.bottom(), frame.top(), upwards)) {
      double y = frame.y(value);
      out.append(
          text(
              "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>%n",
              LEFT, WIDTH - RIGHT, y, y));
      out.append(
          text(
              "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" fill=\"#444\">%s</text>%n",
              LEFT - 6, y + 4, number(value, upwards)));
    }
    double sideways = step(frame.right());
    for (double value : ticks(0, frame.right(), sideways)) {
      out.append(
          text(
              "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#444\">%s</text>%n",
              frame.x(value), HEIGHT - BOTTOM + 18, number(value, sideways)));
    }
    out.append(
        text(
            "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" fill=\"#222\">%s</text>%n",
            (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, escaped(xTitle)));
    out.append(
        text(
            "<text transform=\"translate(16 %d) rotate(-90)\" text-anchor=\"middle\" fill=\"#222\">%s</text>%n",
            (TOP + HEIGHT - BOTTOM) / 2, escaped(yTitle)));
  }

  private void draw(StringBuilder out, Frame frame, int index) {
    Line line = lines.get(index);
    String colour = COLOURS.get(line.style() % COLOURS.size());
    String dash = DASHES.get(line.style() / COLOURS.size() % DASHES.size());
    StringBuilder band = new StringBuilder();
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < line.x().length; i++) {
      path.append(text("%.1f,%.1f ", frame.x(line.x()[i]), frame.y(line.y()[i])));
      band.append(text("%.1f,%.1f ", frame.x(line.x()[i]), frame.y(line.high()[i])));
    }
    for (int i = line.x().length - 1; i >= 0; i--) {
      band.append(text("%.1f,%.1f ", frame.x(line.x()[i]), frame.y(line.low()[i])));
    }
    out.append(
        text(
            "<polygon points=\"%s\" fill=\"%s\" fill-opacity=\"0.13\"/>%n",
            band.toString().strip(), colour));
    out.append(
        text(
            "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\"/>%n",
            path.toString().strip(), colour, dash));
    int y = TOP + 12 + 18 * index;
    int x = WIDTH - RIGHT + 12;
    out.append(
        text(
            "<line x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\"/>%n",
            x, x + 24, y - 4, y - 4, colour, dash));
    out.append(
        text(
            "<text x=\"%d\" y=\"%d\" fill=\"#222\">%s</text>%n", x + 30, y, escaped(line.label())));
  }

  /** 1, 2 or 5 times a power of ten, for {@code TICKS} ticks or a few more. */
  static double step(double range) {
    double power = Math.pow(10, Math.floor(Math.log10(range / TICKS)));
    double share = range / TICKS / power;
    return power * (share < 2 ? 1 : share < 5 ? 2 : 5);
  }

  /** The multiples of a step within two bounds. */
  static double[] ticks(double from, double to, double step) {
    long first = (long) Math.ceil(from / step - ROUNDING);
    long last = (long) Math.floor(to / step + ROUNDING);
    return LongStream.rangeClosed(first, last).mapToDouble(i -> i * step).toArray();
  }

  private static String number(double value, double step) {
    int digits = (int) Math.max(0, -Math.floor(Math.log10(step)));
    return text("%,." + digits + "f", value);
  }

  private static String text(String format, Object... arguments) {
    return String.format(Locale.ROOT, format.replace("%n", "\n"), arguments);
  }

  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
