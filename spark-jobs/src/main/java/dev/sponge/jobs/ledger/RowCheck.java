package dev.sponge.jobs.ledger;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A check of rows in SQL.
 *
 * @param name what must hold
 * @param view the view whose rows it looks at
 * @param damages query over {@link LedgerViews} for what is not so: columns run_id and a sentence
 * @param leftovers query for a number; empty without
 * @param repairable whether {@code --repair} can mend what it finds
 */
record RowCheck(String name, String view, String damages, String leftovers, boolean repairable) {
  /** More damages are counted and not shown. */
  private static final int SHOWN = 1_000;

  static RowCheck of(String name, String view, String damages) {
    return new RowCheck(name, view, damages, "", false);
  }

  RowCheck mendable() {
    return new RowCheck(name, view, damages, leftovers, true);
  }

  CheckResult run(LedgerViews views) {
    Dataset<Row> found = views.session().sql(damages);
    List<Row> rows = found.takeAsList(SHOWN + 1);
    long damaged = rows.size() > SHOWN ? found.count() : rows.size();
    List<Damage> shown = new ArrayList<>();
    for (Row row : rows.subList(0, Math.min(rows.size(), SHOWN))) {
      shown.add(new Damage(name, row.getString(0), row.getString(1), repairable));
    }
    long left =
        leftovers.isEmpty() ? 0 : views.session().sql(leftovers).collectAsList().get(0).getLong(0);
    return new CheckResult(name, views.count(view), left, damaged, shown);
  }
}
