package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.run.CheckpointRetention;
import dev.sponge.jobs.run.CheckpointStore;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.run.RunState;
import dev.sponge.jobs.table.Evaluation;
import dev.sponge.jobs.table.Incarnation;
import dev.sponge.jobs.table.Policy;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.model.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointsTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  @TempDir Path directory;

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static void checkpoint(Path directory) throws IOException {
    files(directory);
    Manifest.write(directory);
  }

  private static void files(Path directory) throws IOException {
    Files.createDirectories(directory.resolve("trainer"));
    Files.writeString(directory.resolve("config.json"), "{}");
    Files.writeString(directory.resolve("trainer").resolve("state.json"), "{}");
  }

  private static Policy policy(int version, String uri) {
    return new Policy(
        TinyRun.RUN,
        version,
        "a" + version,
        version == 0 ? null : version - 1,
        0,
        0,
        version == 0 ? 0 : 1,
        uri,
        "",
        "{}",
        "cpu",
        NOW,
        null);
  }

  private static Evaluation evaluation(int version, double pass1) {
    return new Evaluation(
        TinyRun.RUN,
        version,
        "synthetic-math",
        "e" + version,
        12,
        2,
        1.0,
        pass1,
        0,
        1,
        pass1,
        null,
        5,
        0,
        1,
        1,
        NOW);
  }

  @Test
  void retentionKeepsWhatTheRunNeedsAndTheBest() throws IOException {
    RunContext run = TinyRun.open(directory, Map.of("checkpoint.keep_every", "6"));
    Path checkpoints = directory.resolve("checkpoints").resolve(TinyRun.RUN);
    for (int version = 1; version <= 9; version++) {
      checkpoint(checkpoints.resolve("v%06d-a%d".formatted(version, version)));
    }
    checkpoint(checkpoints.resolve("v000009-dead"));
    checkpoint(checkpoints.resolve("v000010-dead"));
    checkpoint(checkpoints.resolve("notes"));
    Incarnation incarnation = new Incarnation(TinyRun.RUN, 1, 4, 4, 4, NOW);
    run.lakehouse().incarnations().append(incarnation);
    run.lakehouse().evaluations().append(evaluation(1, 0.2));
    run.lakehouse().evaluations().append(evaluation(2, 0.5));
    run.lakehouse().evaluations().append(evaluation(3, 0.4));

    Policy newest = policy(9, checkpoints.resolve("v000009-a9").toUri().toString());
    new CheckpointRetention(run).apply(new RunState(newest, java.util.Optional.of(incarnation)));

    assertThat(names(checkpoints))
        .containsExactly(
            "notes",
            "v000002-a2", // the best
            "v000004-a4", // the base, a reincarnation point
            "v000006-a6", // checkpoint.keep_every
            "v000008-a8", // k - 1
            "v000009-a9", // k
            "v000010-dead"); // maybe an attempt at the next step that is still running
    for (String name : List.of("v000002-a2", "v000004-a4", "v000006-a6")) {
      assertThat(names(checkpoints.resolve(name)))
          .containsExactly("config.json", Manifest.FILE_NAME);
    }
    for (String name : List.of("v000008-a8", "v000009-a9")) {
      assertThat(names(checkpoints.resolve(name)))
          .containsExactly("config.json", Manifest.FILE_NAME, "trainer");
    }
    for (String name : List.of("v000002-a2", "v000004-a4", "v000006-a6", "v000009-a9")) {
      String uri = checkpoints.resolve(name).toUri().toString();
      assertThat(run.checkpoints().fetch(uri)).as("still a whole checkpoint").isDirectory();
    }
  }

  @Test
  void aFinishedRunCanBeReadFromItsCheckpoints() {
    RunContext run = TinyRun.reference();
    for (int version : List.of(0, TinyRun.REINCARNATION, TinyRun.STEPS)) {
      Policy policy = run.lakehouse().policies().read(TinyRun.RUN, version).orElseThrow();
      assertThat(run.checkpoints().fetch(policy.checkpointUri()).resolve("model.safetensors"))
          .exists();
    }
  }

  @Test
  void aDamagedCheckpointIsNamedWithTheFile() throws IOException {
    CheckpointStore store = new CheckpointStore(new Configuration(), directory.resolve("cache"));
    String uri = directory.resolve("v000001-a").toUri().toString();
    files(store.stage(uri));
    assertThat(store.exists(uri)).isFalse();
    assertThatThrownBy(() -> store.fetch(uri))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("There is no checkpoint at")
        .hasMessageContaining("v000001-a");
    store.publish(uri);
    assertThat(store.exists(uri)).isTrue();
    Path local = store.fetch(uri);
    Files.writeString(local.resolve("config.json"), "{ }");
    assertThatThrownBy(() -> store.fetch(uri))
        .isInstanceOf(SpongeException.class)
        .hasMessageContaining("v000001-a")
        .hasMessageContaining("config.json");
  }

  @Test
  void copiesOfRemoteCheckpointsAreVerifiedAndBounded() throws IOException {
    Configuration hadoop = new Configuration();
    String root = FaultyFileSystem.root(hadoop, directory.resolve("store"));
    CheckpointStore writer = new CheckpointStore(hadoop, directory.resolve("writer"));
    Path cache = directory.resolve("reader");
    CheckpointStore reader = new CheckpointStore(hadoop, cache);
    for (int version = 0; version < 10; version++) {
      String uri = root + "/v%06d-a".formatted(version);
      Path staged = writer.stage(uri);
      files(staged);
      Files.writeString(staged.resolve("config.json"), "{\"version\": " + version + "}");
      assertThat(writer.exists(uri)).isFalse();
      writer.publish(uri);
      assertThat(writer.exists(uri)).isTrue();
      assertThat(reader.fetch(uri).startsWith(cache)).isTrue();
      assertThat(reader.fetch(uri).resolve("config.json"))
          .hasContent("{\"version\": " + version + "}");
    }
    assertThat(names(cache)).hasSize(8);
    assertThat(reader.fetch(root + "/v000000-a").resolve("config.json"))
        .hasContent("{\"version\": 0}");
    assertThat(reader.list(root)).hasSize(10);
    reader.delete(root + "/v000003-a");
    assertThat(reader.list(root)).hasSize(9);
    assertThat(reader.list(root + "/none")).isEmpty();
    writer.prune(root + "/v000005-a", "trainer");
    CheckpointStore newcomer = new CheckpointStore(hadoop, directory.resolve("newcomer"));
    assertThat(names(newcomer.fetch(root + "/v000005-a")))
        .contains("config.json", Manifest.FILE_NAME)
        .doesNotContain("trainer");
  }
}
