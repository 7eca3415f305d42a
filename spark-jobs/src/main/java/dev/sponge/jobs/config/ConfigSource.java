package dev.sponge.jobs.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import dev.sponge.jobs.config.RunConfig.Algorithm;
import dev.sponge.rl.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where a configuration comes from: the layers, and the refusal of keys that do not exist. */
final class ConfigSource {
  static final String DEFAULTS = "sponge-defaults.conf";

  private ConfigSource() {}

  static SpongeConfig load(Optional<Path> file, Map<String, String> overrides) {
    return load(file.map(ConfigSource::parseFile).orElse(ConfigFactory.empty()), overrides);
  }

  /** The same with what a file would hold. */
  static SpongeConfig load(Config layer, Map<String, String> overrides) {
    Config layers = resolve(layer.withFallback(defaults()));
    checkKeys(layers.root());
    SpongeConfig config = read(overrides(overrides).withFallback(layers));
    checkOverridesTakeEffect(config, overrides);
    return config;
  }

  /** A stored configuration; keys that no longer exist are dropped, new ones get their default. */
  static SpongeConfig stored(String resolved) {
    Config stored;
    try {
      stored = ConfigFactory.parseString(resolved).resolve();
    } catch (ConfigException e) {
      throw new UserError(
          "The stored configuration of the run cannot be read: " + e.getMessage(), e);
    }
    Config known = ConfigFactory.empty();
    for (String key : SpongeConfig.keys()) {
      if (stored.hasPath(key)) {
        known = known.withValue(key, stored.getValue(key));
      }
    }
    return read(known.withFallback(defaults()).resolve());
  }

  private static SpongeConfig read(Config config) {
    return RecordReader.read(SpongeConfig.class, config, "");
  }

  static Config defaults() {
    return ConfigFactory.parseResources(
        ConfigSource.class.getClassLoader(),
        DEFAULTS,
        ConfigParseOptions.defaults().setAllowMissing(false));
  }

  static Config parseFile(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new UserError(
          "The config file " + file + " does not exist; give an existing one with --config FILE.");
    }
    try {
      return ConfigFactory.parseFile(
          file.toAbsolutePath().toFile(),
          ConfigParseOptions.defaults()
              .setAllowMissing(false)
              .setSyntax(ConfigSyntax.CONF)
              .setIncluder(new RequiredIncludes(file)));
    } catch (ConfigException e) {
      throw new UserError("The config file cannot be read: " + e.getMessage(), e);
    }
  }

  static Config resolve(Config layers) {
    try {
      return layers.resolve();
    } catch (ConfigException e) {
      throw new UserError("The config file cannot be resolved: " + e.getMessage(), e);
    }
  }

  private static Config overrides(Map<String, String> overrides) {
    Config config = ConfigFactory.empty();
    for (Map.Entry<String, String> entry : overrides.entrySet()) {
      String key = entry.getKey();
      if (!SpongeConfig.keys().contains(key)) {
        throw unknown(key, "the command line");
      }
      config = config.withValue(key, overrideValue(key, entry.getValue()));
    }
    return config;
  }

  /** Lists are parsed; everything else stays text, so that a path may hold any character. */
  private static ConfigValue overrideValue(String key, String text) {
    if (!text.strip().startsWith("[")) {
      return ConfigValueFactory.fromAnyRef(text, "the command line");
    }
    try {
      return ConfigFactory.parseString("value = " + text)
          .getValue("value")
          .withOrigin(ConfigOriginFactory.newSimple("the command line"));
    } catch (ConfigException e) {
      throw new UserError(key + " = " + text + " is no readable list; write it like [1, 2, 3].", e);
    }
  }

  private static void checkKeys(ConfigObject root) {
    Map<String, ConfigValue> leaves = new LinkedHashMap<>();
    collect("", root, leaves);
    List<String> keys = SpongeConfig.keys();
    for (Map.Entry<String, ConfigValue> leaf : leaves.entrySet()) {
      String key = leaf.getKey();
      if (keys.stream().anyMatch(known -> known.startsWith(key + "."))) {
        throw new UserError(
            key + " is a section, not a key: set the keys below it (" + origin(leaf) + ").");
      }
      if (!keys.contains(key)) {
        throw unknown(key, origin(leaf));
      }
    }
  }

  private static String origin(Map.Entry<String, ConfigValue> leaf) {
    return leaf.getValue().origin().description();
  }

  private static void collect(String prefix, ConfigObject object, Map<String, ConfigValue> leaves) {
    List<String> names = new ArrayList<>(object.keySet());
    names.sort(null);
    for (String name : names) {
      String key = prefix + ConfigUtil.joinPath(name);
      ConfigValue value = object.get(name);
      if (value instanceof ConfigObject section && !section.isEmpty()) {
        collect(key + ".", section, leaves);
      } else {
        leaves.put(key, value);
      }
    }
  }

  private static UserError unknown(String key, String origin) {
    return new UserError(
        "Unknown key "
            + key
            + " ("
            + origin
            + "). Did you mean "
            + Nearest.of(key, SpongeConfig.keys())
            + "?");
  }

  /**
   * A key set by hand that the algorithm fixes at another value is a contradiction, not a no-op.
   */
  private static void checkOverridesTakeEffect(SpongeConfig config, Map<String, String> overrides) {
    Algorithm algorithm = config.run().algorithm();
    Map<String, Object> values = config.values();
    SpongeConfig.fixedBy(algorithm)
        .forEach(
            (key, fixed) -> {
              if (overrides.containsKey(key) && !values.get(key).equals(fixed)) {
                throw new UserError(
                    key
                        + " = "
                        + overrides.get(key)
                        + " contradicts run.algorithm = "
                        + Choice.keyOf(algorithm)
                        + ", which fixes it at "
                        + fixed
                        + "; remove it or use run.algorithm = remix-grpo or remix-ppo.");
              }
            });
    ReuseChecks.fixedBy(config.offline())
        .forEach(
            (key, fixed) -> {
              if (overrides.containsKey(key) && !values.get(key).equals(fixed)) {
                throw new UserError(
                    key
                        + " = "
                        + overrides.get(key)
                        + " contradicts offline.run = "
                        + config.offline().run()
                        + ", which fixes it at "
                        + fixed
                        + "; remove one of the two.");
              }
            });
  }
}
