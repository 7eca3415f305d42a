package dev.sponge.jobs.ledger;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.sponge.jobs.report.TextTable;
import java.util.ArrayList;
import java.util.List;

/**
 * What the check of a lakehouse found.
 *
 * @param repairs what was mended before, one sentence each
 */
public record FsckReport(List<CheckResult> checks, List<String> repairs) {
  private static final List<String> HEADER = List.of("check", "examined", "damaged", "leftover");

  /** The same after repairs. */
  FsckReport after(List<String> made) {
    return new FsckReport(checks, made);
  }

  /** Whether nothing is damaged; leftovers are no damage. */
  public boolean sound() {
    return damaged() == 0;
  }

  /** The damages found, the first ones of every check. */
  public List<Damage> damages() {
    return checks.stream().flatMap(check -> check.damages().stream()).toList();
  }

  private long damaged() {
    return checks.stream().mapToLong(CheckResult::damaged).sum();
  }

  private long leftovers() {
    return checks.stream().mapToLong(CheckResult::leftovers).sum();
  }

  /** Repairs, a table of the checks, one line a damage and the verdict. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>(repairs);
    lines.addAll(
        TextTable.format(
            HEADER,
            checks.stream()
                .map(
                    check ->
                        List.of(
                            check.check(),
                            "%,d".formatted(check.examined()),
                            "%,d".formatted(check.damaged()),
                            "%,d".formatted(check.leftovers())))
                .toList()));
    for (CheckResult check : checks) {
      check.damages().forEach(damage -> lines.add(damage.line()));
      if (check.damaged() > check.damages().size()) {
        lines.add(
            "%s: %,d more".formatted(check.check(), check.damaged() - check.damages().size()));
      }
    }
    lines.add(verdict());
    return lines;
  }

  private String verdict() {
    String left =
        leftovers() == 0
            ? ""
            : "; %,d leftovers of broken-off attempts count nowhere (sponge fsck --repair removes them)"
                .formatted(leftovers());
    return sound()
        ? "sound: nothing lost, nothing doubled" + left
        : "damaged: %,d findings".formatted(damaged()) + left;
  }

  /** The same as one JSON object. */
  public String json() {
    JsonObject json = new JsonObject();
    json.addProperty("sound", sound());
    JsonArray results = new JsonArray();
    JsonArray damages = new JsonArray();
    for (CheckResult check : checks) {
      JsonObject result = new JsonObject();
      result.addProperty("check", check.check());
      result.addProperty("examined", check.examined());
      result.addProperty("damaged", check.damaged());
      result.addProperty("leftovers", check.leftovers());
      results.add(result);
      check.damages().forEach(damage -> damages.add(json(damage)));
    }
    json.add("checks", results);
    json.add("damages", damages);
    JsonArray made = new JsonArray();
    repairs.forEach(made::add);
    json.add("repairs", made);
    return new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(json);
  }

  private static JsonObject json(Damage damage) {
    JsonObject json = new JsonObject();
    json.addProperty("check", damage.check());
    json.addProperty("run", damage.runId());
    json.addProperty("text", damage.text());
    json.addProperty("repairable", damage.repairable());
    return json;
  }
}
