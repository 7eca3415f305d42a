package dev.sponge.jobs.cli;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.rl.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** The flags that every stage takes; each but the first two and the last stands for a key. */
final class CommonOptions {
  /** Set by the launcher to the directory that holds {@code conf/}. */
  static final String HOME_PROPERTY = "sponge.home";

  private static final String DEFAULT_FILE = "conf/quickstart.conf";

  private static final Pattern HISTORY = Pattern.compile("([^:]+):(\\d+)-(\\d+)");

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "config file in place of " + DEFAULT_FILE + " or conf/quickstart-ALGORITHM.conf")
  private Path config;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "override one key of the config file; repeatable")
  private List<String> assignments = new ArrayList<>();

  @Option(names = "--run", paramLabel = "NAME", description = "run.name: name of the run")
  private String run;

  @Option(names = "--seed", paramLabel = "S", description = "run.seed: seed of the run")
  private String seed;

  @Option(names = "--steps", paramLabel = "N", description = "run.steps: outer steps in all")
  private String steps;

  @Option(
      names = "--algorithm",
      paramLabel = "NAME",
      description = "run.algorithm: remix-grpo, grpo, remix-ppo or ppo")
  private String algorithm;

  @Option(names = "--device", paramLabel = "NAME", description = "engine.device: cpu, gpu or spark")
  private String device;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "model.dir: Hugging Face model directory to finetune")
  private String model;

  @Option(
      names = "--from-history",
      paramLabel = "RUN:FROM-TO",
      description =
          "offline.run, from_version, to_version: train on the stored rollouts of that run's policy"
              + " versions alone")
  private String fromHistory;

  @Option(names = "--quiet", description = "print results and errors alone")
  private boolean quiet;

  boolean quiet() {
    return quiet;
  }

  /** The configuration: defaults, file, {@code --set}, flags. */
  SpongeConfig load() {
    Map<String, String> overrides = new LinkedHashMap<>();
    assign(assignments, overrides);
    put(overrides, "run.name", run);
    put(overrides, "run.seed", seed);
    put(overrides, "run.steps", steps);
    put(overrides, "run.algorithm", algorithm);
    put(overrides, "engine.device", device);
    put(overrides, "model.dir", model);
    putHistory(overrides, fromHistory);
    return SpongeConfig.load(Optional.of(file()), overrides);
  }

  /** Adds assignments {@code KEY=VALUE}. */
  static void assign(List<String> assignments, Map<String, String> overrides) {
    for (String assignment : assignments) {
      int equals = assignment.indexOf('=');
      if (equals < 1) {
        throw new UserError(
            "--set " + assignment + " is not of the form KEY=VALUE, such as run.steps=20.");
      }
      overrides.put(assignment.substring(0, equals).strip(), assignment.substring(equals + 1));
    }
  }

  /** Adds a value that was given. */
  static void put(Map<String, String> overrides, String key, String value) {
    if (value != null) {
      overrides.put(key, value);
    }
  }

  private static void putHistory(Map<String, String> overrides, String fromHistory) {
    if (fromHistory == null) {
      return;
    }
    Matcher matcher = HISTORY.matcher(fromHistory);
    if (!matcher.matches()) {
      throw new UserError(
          "--from-history "
              + fromHistory
              + " is not of the form RUN:FROM-TO, such as main:0-9 for policy versions 0 to 9.");
    }
    overrides.put("offline.run", matcher.group(1));
    overrides.put("offline.from_version", matcher.group(2));
    overrides.put("offline.to_version", matcher.group(3));
  }

  private Path file() {
    if (config != null) {
      return config;
    }
    Path home = Path.of(System.getProperty(HOME_PROPERTY, "."));
    // What an algorithm was tuned to stands in a file of its own, where there is one.
    Path own = home.resolve("conf/quickstart-" + algorithm + ".conf");
    Path file = Files.isRegularFile(own) ? own : home.resolve(DEFAULT_FILE);
    if (!Files.isRegularFile(file)) {
      throw new UserError(
          "The config file "
              + file
              + " does not exist; give one with --config FILE, or start sponge from its directory.");
    }
    return file;
  }
}
