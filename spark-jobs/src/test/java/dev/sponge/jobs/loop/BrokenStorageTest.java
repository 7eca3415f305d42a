package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sponge.jobs.cli.Sponge;
import dev.sponge.jobs.cli.Stages;
import dev.sponge.jobs.ledger.Fsck;
import dev.sponge.jobs.loop.FaultyFileSystem.Fault;
import dev.sponge.jobs.prepare.PrepareJob;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.training.BootstrapJob;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Storage that fails under a run: one sentence, nothing half done, and the same command goes on.
 */
class BrokenStorageTest {
  private static final int MINUTES = 4;

  @TempDir Path directory;

  /** A fault and the files that are made before it. */
  private record Accident(Fault fault, int goodWrites) {}

  @AfterEach
  void repair() {
    FaultyFileSystem.breakWrites(Fault.NONE, 0);
    System.clearProperty("sponge.log");
    System.clearProperty("sponge.home");
  }

  private RunContext open() {
    String root =
        FaultyFileSystem.root(
            TinyRun.spark().sparkContext().hadoopConfiguration(), directory.resolve("store"));
    return TinyRun.open(directory.resolve("local"), root, Map.of());
  }

  /** The command {@code run} over the broken storage, in the session of this JVM. */
  private int sponge(ByteArrayOutputStream err) {
    Stages stages =
        (Stages)
            Proxy.newProxyInstance(
                Stages.class.getClassLoader(),
                new Class<?>[] {Stages.class},
                (proxy, method, args) -> {
                  assertThat(method.getName()).isEqualTo("run");
                  new ReMixLoop(open()).run();
                  return Stages.Outcome.DONE;
                });
    System.setProperty("sponge.home", "..");
    return Sponge.execute(
        new String[] {"run", "--quiet", "--work", directory.resolve("local").toString()},
        () -> stages,
        System.out,
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  @Test
  void aRunWhoseStorageFailsAgainAndAgainEqualsAnUnbrokenOne() {
    RunContext run = open();
    new PrepareJob(run).run();
    new BootstrapJob(run).run();
    List<Accident> accidents =
        List.of(
            new Accident(Fault.NO_SPACE, 0), // rollouts and evaluation of version 0
            new Accident(Fault.TORN, 5),
            new Accident(Fault.READ_ONLY, 11),
            new Accident(Fault.NO_SPACE, 17), // the checkpoint
            new Accident(Fault.TORN, 23),
            new Accident(Fault.READ_ONLY, 29),
            new Accident(Fault.NO_SPACE, 7));
    for (Accident accident : accidents) {
      FaultyFileSystem.breakWrites(accident.fault(), accident.goodWrites());
      ByteArrayOutputStream err = new ByteArrayOutputStream();
      assertThat(sponge(err)).as(accident.toString()).isEqualTo(Sponge.FAILED);
      assertThat(err.toString(StandardCharsets.UTF_8))
          .as(accident.toString())
          .startsWith("sponge: ")
          .contains(accident.fault().message())
          .hasLineCount(1);
      FaultyFileSystem.breakWrites(Fault.NONE, 0);
    }
    RunContext halfDone = open();
    Fsck fsck =
        new Fsck(
            halfDone.lakehouse(),
            directory.resolve("scratch"),
            new Fsck.Scope(Optional.empty(), false));
    assertThat(fsck.check().damages()).isEmpty();

    FaultyFileSystem.breakWrites(Fault.SLOW, 0);
    assertThat(sponge(new ByteArrayOutputStream())).isZero();
    Contents.assertEqual(
        Contents.of(open().lakehouse(), TinyRun.RUN),
        Contents.of(TinyRun.reference().lakehouse(), TinyRun.RUN));
  }

  @Test
  void aFullDiskIsOneSentenceAndTheCommandGoesOnWhenThereIsRoom() throws Exception {
    Path mount = Files.createDirectory(directory.resolve("mount"));
    assumeTrue(mayMount(mount), "this system lets nobody mount a file system of its own");
    Path results = Files.createDirectory(directory.resolve("results"));
    List<String> command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(ChildJvm.inherited());
    command.addAll(
        List.of(
            "-Xmx700m",
            "-Dlog4j2.configurationFile=log4j2.properties",
            "-Dsponge.home=..",
            "-cp",
            "\"$CLASSES\"",
            "'" + KilledRunTest.Main.class.getName() + "'",
            "prepare",
            "--quiet",
            "--config",
            TinyRun.configFile(directory).toString(),
            "--work",
            mount.resolve("work").toString()));
    String prepare = String.join(" ", command);
    Path script =
        Files.writeString(
            directory.resolve("script"),
            """
            mount -t tmpfs -o size=64k tmpfs %1$s
            %2$s >%3$s/full.out 2>%3$s/full.err
            echo $? >%3$s/full.code
            mount -o remount,size=64m %1$s
            %2$s >%3$s/room.out 2>%3$s/room.err
            echo $? >%3$s/room.code
            cp -r %1$s/work/tables %3$s/tables
            """
                .formatted(mount, prepare, results));
    ProcessBuilder builder = new ProcessBuilder("unshare", "-Urm", "sh", script.toString());
    builder.environment().put("CLASSES", System.getProperty("java.class.path"));
    Process process = builder.redirectErrorStream(true).start();
    try {
      assertThat(process.waitFor(MINUTES, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    String full = Files.readString(results.resolve("full.err"));
    assertThat(Files.readString(results.resolve("full.code")).strip()).as(full).isEqualTo("1");
    assertThat(full.lines().filter(line -> line.startsWith("sponge: ")))
        .as(full)
        .singleElement()
        .asString()
        .contains("No space left on device");
    assertThat(full).doesNotContain("\tat ");
    assertThat(Files.readString(results.resolve("room.code")).strip())
        .as(Files.readString(results.resolve("room.err")))
        .isEqualTo("0");
    assertThat(Contents.rows(TinyRun.open(results).lakehouse().prompts().read("train")))
        .isEqualTo(Contents.rows(TinyRun.reference().lakehouse().prompts().read("train")));
  }

  private static boolean mayMount(Path mount) throws Exception {
    try {
      Process process =
          new ProcessBuilder("unshare", "-Urm", "mount", "-t", "tmpfs", "tmpfs", mount.toString())
              .redirectErrorStream(true)
              .start();
      return process.waitFor() == 0;
    } catch (java.io.IOException e) {
      return false;
    }
  }
}
