package dev.sponge.jobs.report;

import dev.sponge.jobs.report.Summary.CurvePoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The small table at the end of a run: the base policy beside the last one. */
public final class BeforeAfter {
  private BeforeAfter() {}

  /**
   * Lines of the table.
   *
   * @param problems evaluated problems, for the 95 % Wilson interval of the greedy share
   */
  public static List<String> table(Summary summary, int problems) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "pass@1 greedy (95 % interval)",
            share(summary.base().pass1Greedy(), problems),
            share(summary.finalPolicy().pass1Greedy(), problems)));
    rows.add(
        List.of(
            "pass@1 sampled",
            number("%.3f", summary.base().pass1Sampled()),
            number("%.3f", summary.finalPolicy().pass1Sampled())));
    rows.add(
        List.of(
            "pass@8 sampled",
            number("%.3f", summary.base().pass8Sampled()),
            number("%.3f", summary.finalPolicy().pass8Sampled())));
    if (!summary.curve().isEmpty()) {
      CurvePoint first = summary.curve().get(0);
      CurvePoint last = summary.curve().get(summary.curve().size() - 1);
      rows.add(
          List.of(
              "response length (tokens)",
              number("%.1f", first.responseLength()),
              number("%.1f", last.responseLength())));
      rows.add(
          List.of(
              "self-reflection rate",
              number("%.3f", first.reflectionRate()),
              number("%.3f", last.reflectionRate())));
    }
    return TextTable.format(
        List.of("held-out problems", "before", "after " + summary.steps() + " steps"), rows);
  }

  private static String number(String format, double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, format, value);
  }

  private static String share(double share, int problems) {
    if (Double.isNaN(share)) {
      return "-";
    }
    Interval interval = Interval.wilson95(Math.round(share * problems), problems);
    return String.format(Locale.ROOT, "%.3f [%.3f, %.3f]", share, interval.low(), interval.high());
  }
}
