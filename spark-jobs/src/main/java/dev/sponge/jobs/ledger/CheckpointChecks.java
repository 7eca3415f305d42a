package dev.sponge.jobs.ledger;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.sponge.jobs.run.CheckpointStore;
import dev.sponge.jobs.run.Hashes;
import dev.sponge.jobs.table.Lakehouse;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import dev.sponge.rl.model.HfModelDirectory;
import dev.sponge.rl.model.ResidualAdapter;
import dev.sponge.rl.model.Weights;
import dev.sponge.rl.tensor.TorchEngine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;

/**
 * Checks that the checkpoints of the policies stand. What retention removed is no damage as long as
 * nothing needs it: the newest policy and the one before, version 0 and every base are needed.
 */
final class CheckpointChecks {
  static final String STAND = "checkpoints stand";
  static final String UNCHANGED = "checkpoints unchanged";

  private static final String DIRECTORY = "checkpoints";
  private static final String TRAINER_STATE = "trainer/state.json";
  private static final int SHA256_DIGITS = 64;

  private final Lakehouse lake;
  private final CheckpointStore store;
  private final LedgerViews views;

  /** A policy that counts, and whether something needs its checkpoint. */
  private record Published(
      String runId, int version, String uri, String weightsSha256, boolean newest, boolean needed) {
    Damage damage(String check, String text) {
      return new Damage(check, runId, "version %d: %s".formatted(version, text), false);
    }
  }

  CheckpointChecks(Lakehouse lake, CheckpointStore store, LedgerViews views) {
    this.lake = lake;
    this.store = store;
    this.views = views;
  }

  /**
   * @param hashes whether the bytes are compared with the manifests and the rows
   */
  List<CheckResult> run(boolean hashes) {
    List<Damage> missing = new ArrayList<>();
    List<Damage> changed = new ArrayList<>();
    List<Published> policies = published();
    long hashed = 0;
    for (Published policy : policies) {
      if (!store.exists(policy.uri())) {
        if (policy.needed()) {
          missing.add(policy.damage(STAND, "no complete checkpoint at " + policy.uri()));
        }
      } else if (hashes) {
        hashed++;
        String change = change(policy);
        if (change != null) {
          changed.add(policy.damage(UNCHANGED, change));
        }
      }
    }
    CheckResult stand =
        new CheckResult(STAND, policies.size(), leftovers().size(), missing.size(), missing);
    return hashes ? List.of(stand, CheckResult.of(UNCHANGED, hashed, changed)) : List.of(stand);
  }

  private List<Published> published() {
    List<Row> rows =
        views
            .session()
            .sql(
                "SELECT DISTINCT run_id, policy_version, checkpoint_uri, weights_sha256 FROM counted_policies ORDER BY run_id, policy_version")
            .collectAsList();
    Map<String, Integer> newest = new HashMap<>();
    rows.forEach(row -> newest.merge(row.getString(0), row.getInt(1), Math::max));
    Map<String, Set<Integer>> bases = new HashMap<>();
    views
        .session()
        .sql("SELECT run_id, base_version FROM incarnations")
        .collectAsList()
        .forEach(
            row ->
                bases.computeIfAbsent(row.getString(0), r -> new HashSet<>()).add(row.getInt(1)));
    List<Published> policies = new ArrayList<>();
    for (Row row : rows) {
      String run = row.getString(0);
      int version = row.getInt(1);
      int last = newest.get(run);
      boolean needed =
          version == 0
              || version >= last - 1
              || bases.getOrDefault(run, Set.of()).contains(version);
      policies.add(
          new Published(run, version, row.getString(2), row.getString(3), version == last, needed));
    }
    return policies;
  }

  /** What differs from manifest or row; null if nothing does. */
  private String change(Published policy) {
    try {
      Path local = store.fetch(policy.uri());
      if (policy.newest() && policy.version() > 0 && !Files.exists(local.resolve(TRAINER_STATE))) {
        return policy.uri() + " lacks " + TRAINER_STATE + ", which the next step goes on from";
      }
      String sha256 = weightsSha256(local);
      return sha256.equals(policy.weightsSha256())
          ? null
          : "the weights at %s have sha256 %s, table policies says %s"
              .formatted(policy.uri(), sha256, policy.weightsSha256());
    } catch (SpongeException | UserError e) {
      return e.getMessage();
    }
  }

  private static String weightsSha256(Path directory) {
    TorchEngine.start();
    try (NDManager manager = TorchEngine.newManager(Device.cpu());
        Weights weights = HfModelDirectory.load(directory, manager)) {
      return ResidualAdapter.find(directory, weights.config(), manager)
          .map(r -> Hashes.sha256(weights.sha256() + r.sha256(), SHA256_DIGITS))
          .orElseGet(weights::sha256);
    }
  }

  /** Checkpoint directories that no policy that counts names, of the runs that are checked. */
  List<String> leftovers() {
    Map<String, Set<String>> names = new TreeMap<>();
    for (Row row :
        views
            .session()
            .sql("SELECT DISTINCT run_id, checkpoint_uri FROM counted_policies")
            .collectAsList()) {
      names.computeIfAbsent(row.getString(0), run -> new HashSet<>()).add(name(row.getString(1)));
    }
    List<String> leftovers = new ArrayList<>();
    names.forEach(
        (run, counted) ->
            leftovers.addAll(
                store.list(lake.root() + "/" + DIRECTORY + "/" + run).stream()
                    .filter(uri -> name(uri).matches("v\\d{6,}-.+"))
                    .filter(uri -> !counted.contains(name(uri)))
                    .collect(Collectors.toList())));
    return leftovers;
  }

  private static String name(String uri) {
    return new org.apache.hadoop.fs.Path(uri).getName();
  }
}
