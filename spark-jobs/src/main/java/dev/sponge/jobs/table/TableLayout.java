package dev.sponge.jobs.table;

import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import io.delta.kernel.data.Row;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.exceptions.KernelEngineException;
import io.delta.kernel.internal.SnapshotImpl;
import io.delta.kernel.internal.actions.CommitInfo;
import io.delta.kernel.internal.actions.Format;
import io.delta.kernel.internal.actions.Metadata;
import io.delta.kernel.internal.actions.Protocol;
import io.delta.kernel.internal.actions.SingleAction;
import io.delta.kernel.internal.types.DataTypeJsonSerDe;
import io.delta.kernel.internal.util.FileNames;
import io.delta.kernel.internal.util.Utils;
import io.delta.kernel.internal.util.VectorUtils;
import io.delta.kernel.types.StringType;
import io.delta.kernel.types.StructField;
import io.delta.kernel.types.StructType;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * What the metadata of a table says: columns with comments, NOT NULL and CHECK constraints, table
 * properties and the version of all that. Derived from the record type alone, it is written when a
 * table is made or migrated, and compared when one is opened.
 */
final class TableLayout {
  /** Raised when a release changes what is below; tables of before it have none. */
  static final int VERSION = 1;

  static final String VERSION_PROPERTY = "sponge.schemaVersion";
  static final String CONSTRAINT_PREFIX = "delta.constraints.";
  private static final String WRITER = "Sponge";
  private static final String LOG_DIRECTORY = "/_delta_log";

  /** Delta's reader version 1, and the first writer version with CHECK constraints. */
  private static final Protocol PROTOCOL = new Protocol(1, 3);

  /**
   * Data files are never removed and the log is kept for ten years: with Delta's defaults a version
   * could not be read again after 7 days. Min/max statistics cost time and prune nothing here.
   */
  private static final Map<String, String> PROPERTIES =
      Map.of(
          "delta.appendOnly", "true",
          "delta.logRetentionDuration", "interval 3650 days",
          "delta.deletedFileRetentionDuration", "interval 3650 days",
          "delta.checkpointInterval", "100",
          "delta.dataSkippingNumIndexedCols", "0");

  private final String name;
  private final String path;
  private final RecordSchema<?> schema;
  private final List<String> partitionColumns;
  private final Map<String, String> constraints = new TreeMap<>();
  private final Map<String, String> retired = new TreeMap<>();

  TableLayout(String name, String path, RecordSchema<?> schema, List<String> partitionColumns) {
    this.name = name;
    this.path = path;
    this.schema = schema;
    this.partitionColumns = partitionColumns;
    schema.constraints().forEach((rule, sql) -> constraints.put(CONSTRAINT_PREFIX + rule, sql));
    schema.retiredConstraints().forEach((rule, sql) -> retired.put(CONSTRAINT_PREFIX + rule, sql));
  }

  /**
   * The metadata of a table that Delta Kernel writes to. Kernel cannot evaluate CHECK constraints
   * and refuses a table that has any; our records fulfil theirs by construction. So these are left
   * out, and only these: the constraint of somebody else is still refused. The log is not touched,
   * since neither an append nor a checkpoint writes a snapshot's metadata: the first writes none,
   * the second what the log says.
   */
  Metadata writable(Metadata metadata) {
    Map<String, String> there = metadata.getConfiguration();
    Set<String> checked =
        constraints.keySet().stream()
            .filter(key -> constraints.get(key).equals(there.get(key)))
            .collect(Collectors.toSet());
    return metadata.withConfigurationKeysUnset(checked);
  }

  /**
   * What the table at hand lacks of this layout.
   *
   * @param columns nullable columns to add
   * @param tightened columns that are nullable and must not be
   * @param properties table properties to set, constraints included
   * @param retired properties to remove: constraints that hold no longer
   * @param described whether the table has another description, or a column another comment
   * @param protocol whether the table's protocol has no CHECK constraints
   */
  record Gap(
      List<StructField> columns,
      List<String> tightened,
      Map<String, String> properties,
      List<String> retired,
      boolean described,
      boolean protocol) {
    boolean isEmpty() {
      return columns.isEmpty()
          && tightened.isEmpty()
          && properties.isEmpty()
          && retired.isEmpty()
          && !described
          && !protocol;
    }

    /** Names of constraints to add. */
    List<String> constraints() {
      return constraints(properties.keySet());
    }

    private static List<String> constraints(Collection<String> keys) {
      return keys.stream()
          .filter(key -> key.startsWith(CONSTRAINT_PREFIX))
          .map(key -> key.substring(CONSTRAINT_PREFIX.length()))
          .toList();
    }

    /** What would be done, in words. */
    String describe() {
      List<String> parts = new ArrayList<>();
      if (!columns.isEmpty()) {
        parts.add("columns " + names(columns.stream().map(StructField::getName).toList()));
      }
      if (!tightened.isEmpty()) {
        parts.add("NOT NULL of " + names(tightened));
      }
      if (!constraints().isEmpty()) {
        parts.add("constraints " + names(constraints()));
      }
      List<String> others =
          properties.keySet().stream().filter(key -> !key.startsWith(CONSTRAINT_PREFIX)).toList();
      if (!others.isEmpty()) {
        parts.add("properties " + names(others));
      }
      if (!retired.isEmpty()) {
        parts.add("the removal of constraints " + names(constraints(retired)));
      }
      if (described) {
        parts.add("comments");
      }
      if (protocol) {
        parts.add("writer version " + PROTOCOL.getMinWriterVersion());
      }
      return String.join("; ", parts);
    }

    private static String names(List<String> names) {
      return String.join(", ", names);
    }
  }

  /**
   * Compares a table with this layout.
   *
   * @throws UserError if a newer Sponge made it
   * @throws SpongeException if it is another table
   */
  Gap gap(SnapshotImpl snapshot) {
    Map<String, String> there = snapshot.getMetadata().getConfiguration();
    requireNotNewer(there.getOrDefault(VERSION_PROPERTY, "0"));
    requireSamePartitions(snapshot);
    Map<String, String> properties = new TreeMap<>(constraints);
    properties.put(VERSION_PROPERTY, Integer.toString(VERSION));
    properties.entrySet().removeIf(e -> e.getValue().equals(there.get(e.getKey())));
    // What somebody chose to change stays as it is.
    PROPERTIES.forEach(
        (key, value) -> {
          if (!there.containsKey(key)) {
            properties.put(key, value);
          }
        });
    List<String> former =
        retired.keySet().stream()
            .filter(key -> words(retired.get(key)).equals(words(there.getOrDefault(key, ""))))
            .toList();
    List<StructField> missing = new ArrayList<>();
    List<String> tightened = new ArrayList<>();
    boolean described =
        snapshot.getMetadata().getDescription().equals(Optional.of(schema.comment()));
    for (StructField field : schema.deltaSchema().fields()) {
      int index = snapshot.getSchema().indexOf(field.getName());
      if (index < 0 && field.isNullable()) {
        missing.add(field);
        continue;
      }
      if (index < 0
          || !snapshot.getSchema().at(index).getDataType().equivalent(field.getDataType())) {
        throw otherTable(
            "has no column %s of type %s".formatted(field.getName(), field.getDataType()));
      }
      StructField actual = snapshot.getSchema().at(index);
      if (actual.isNullable() && !field.isNullable()) {
        tightened.add(field.getName());
      }
      described &= field.getMetadata().equals(actual.getMetadata());
    }
    return new Gap(
        missing,
        tightened,
        properties,
        former,
        !described,
        !snapshot.getProtocol().merge(PROTOCOL).equals(snapshot.getProtocol()));
  }

  /** SQL without blanks, which Delta sets anew. */
  private static String words(String sql) {
    return sql.replaceAll("\\s", "");
  }

  private void requireNotNewer(String version) {
    if (version.matches("\\d{1,9}") && Integer.parseInt(version) <= VERSION) {
      return;
    }
    throw new UserError(
        ("Table %s at %s has %s = %s, this Sponge knows versions up to %s: a newer Sponge made or"
                + " migrated it, and sponge migrate leads forward only; use that Sponge, or another"
                + " work directory.")
            .formatted(name, path, VERSION_PROPERTY, version, VERSION));
  }

  private void requireSamePartitions(SnapshotImpl snapshot) {
    if (!snapshot.getPartitionColumnNames().equals(partitionColumns)) {
      throw otherTable(
          "is partitioned by %s instead of %s"
              .formatted(snapshot.getPartitionColumnNames(), partitionColumns));
    }
  }

  private SpongeException otherTable(String difference) {
    return new SpongeException(
        ("Table %s at %s %s: another program or an unknown version of Sponge made it. Use another"
                + " work directory.")
            .formatted(name, path, difference));
  }

  /**
   * Makes the table.
   *
   * @return false if somebody else has made it meanwhile
   */
  boolean create(Engine engine) throws IOException {
    Map<String, String> configuration = new TreeMap<>(PROPERTIES);
    configuration.putAll(constraints);
    configuration.put(VERSION_PROPERTY, Integer.toString(VERSION));
    Metadata metadata =
        new Metadata(
            UUID.randomUUID().toString(),
            Optional.empty(),
            Optional.of(schema.comment()),
            new Format(),
            DataTypeJsonSerDe.serializeStructType(schema.deltaSchema()),
            schema.deltaSchema(),
            VectorUtils.buildArrayValue(partitionColumns, StringType.STRING),
            Optional.of(System.currentTimeMillis()),
            VectorUtils.stringStringMapValue(configuration));
    engine.getFileSystemClient().mkdirs(path + LOG_DIRECTORY);
    return commit(engine, 0, "CREATE TABLE", metadata, Optional.of(PROTOCOL));
  }

  /**
   * Closes the gap in one commit.
   *
   * @return false if somebody else has written to the table meanwhile, so that the gap is another
   */
  boolean close(Engine engine, SnapshotImpl snapshot, Gap gap) throws IOException {
    Metadata there = snapshot.getMetadata();
    StructType columns = columns(there.getSchema());
    Metadata metadata =
        new Metadata(
            there.getId(),
            there.getName(),
            Optional.of(schema.comment()),
            there.getFormat(),
            DataTypeJsonSerDe.serializeStructType(columns),
            columns,
            there.getPartitionColumns(),
            there.getCreatedTime(),
            VectorUtils.stringStringMapValue(changed(there.getConfiguration(), gap)));
    return commit(
        engine,
        snapshot.getVersion() + 1,
        "MIGRATE",
        metadata,
        gap.protocol() ? Optional.of(snapshot.getProtocol().merge(PROTOCOL)) : Optional.empty());
  }

  private static Map<String, String> changed(Map<String, String> there, Gap gap) {
    Map<String, String> all = new LinkedHashMap<>(there);
    all.keySet().removeAll(gap.retired());
    all.putAll(gap.properties());
    return all;
  }

  /** The columns that are there, in their order, as the record has them; then the missing ones. */
  private StructType columns(StructType there) {
    StructType wanted = schema.deltaSchema();
    List<StructField> fields = new ArrayList<>();
    for (StructField field : there.fields()) {
      int index = wanted.indexOf(field.getName());
      fields.add(index < 0 ? field : wanted.at(index));
    }
    wanted.fields().stream()
        .filter(field -> there.indexOf(field.getName()) < 0)
        .forEach(fields::add);
    return new StructType(fields);
  }

  /** Kernel has no transaction for metadata with constraints, so the log entry is written here. */
  private boolean commit(
      Engine engine, long version, String operation, Metadata metadata, Optional<Protocol> protocol)
      throws IOException {
    CommitInfo info =
        new CommitInfo(
            Optional.empty(),
            System.currentTimeMillis(),
            Optional.of(WRITER),
            Optional.of(operation),
            Map.of(),
            Optional.of(false),
            Optional.of(UUID.randomUUID().toString()),
            Map.of());
    List<Row> actions = new ArrayList<>();
    actions.add(SingleAction.createCommitInfoSingleAction(info.toRow()));
    protocol.ifPresent(p -> actions.add(SingleAction.createProtocolSingleAction(p.toRow())));
    actions.add(SingleAction.createMetadataSingleAction(metadata.toRow()));
    try {
      engine
          .getJsonHandler()
          .writeJsonFileAtomically(
              FileNames.deltaFile(path + LOG_DIRECTORY, version),
              Utils.toCloseableIterator(actions.iterator()),
              /* overwrite= */ false);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (KernelEngineException e) {
      if (e.getCause() instanceof FileAlreadyExistsException) {
        return false;
      }
      throw e;
    }
  }
}
