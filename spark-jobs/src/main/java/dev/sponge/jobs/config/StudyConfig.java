package dev.sponge.jobs.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import dev.sponge.rl.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The file of {@code sponge study}: section {@code study}, section {@code variants}, and beside
 * them the keys of a run that all variants share. A section {@code presets} holds what variants
 * name, as {@code set = ${presets.grpo}}.
 *
 * <pre>
 * study { name = headline, seeds = [1, 2, 3] }
 * rollout.prompts_per_step = 24
 * variants {
 *   grpo  { label = "GRPO", set { run.algorithm = grpo } }
 *   remix { label = "ReMix-GRPO", baseline = grpo, set { run.algorithm = remix-grpo } }
 * }
 * </pre>
 *
 * @param variants in the order of the file
 */
public record StudyConfig(Settings study, List<Variant> variants) {
  private static final String STUDY = "study";
  private static final String VARIANTS = "variants";
  private static final String PRESETS = "presets";
  private static final Pattern KEY = Pattern.compile("[a-z0-9][a-z0-9-]{0,39}");
  private static final Set<String> VARIANT_KEYS = Set.of("label", "baseline", "group", "set");

  /**
   * Section {@code study}.
   *
   * @param name of the study, in its table and report
   * @param title heading of the report
   * @param seeds one run of every variant for each
   * @param parallel runs at a time; each gets {@code engine.workers * engine.threads} cores
   * @param window evaluations of the running mean that decides when a level is reached
   * @param keepRuns whether the tables and checkpoints of finished runs stay
   */
  public record Settings(
      String name, String title, List<Integer> seeds, int parallel, int window, boolean keepRuns) {
    private static final Config DEFAULTS =
        ConfigFactory.parseMap(
            Map.of("title", "", "parallel", 2, "window", 3, "keep_runs", false),
            "the defaults of section study");

    public Settings {
      if (!KEY.matcher(name).matches()) {
        throw new UserError(
            "study.name = \""
                + name
                + "\" must be 1 to 40 lower-case letters, digits and hyphens.");
      }
      if (seeds.isEmpty() || new HashSet<>(seeds).size() < seeds.size()) {
        throw new UserError(
            "study.seeds = "
                + seeds
                + " must hold one or more seeds, each once, such as [1, 2, 3].");
      }
      Check.range("study.parallel", parallel, 1, 1024);
      Check.range("study.window", window, 1, 1000);
      seeds = List.copyOf(seeds);
    }
  }

  /**
   * One way to train.
   *
   * @param key names its runs
   * @param label in tables and plots
   * @param baseline key of the variant that it is compared with; empty for none
   * @param group heading under which the report shows it; empty for none
   * @param layer the keys of its runs
   */
  public record Variant(String key, String label, String baseline, String group, Config layer) {

    /** The configuration of the run with a seed, valid and effective. */
    public SpongeConfig run(int seed) {
      return named(runName(seed), seed);
    }

    /** The same for making the base policy, which is of no run. */
    public SpongeConfig base(int seed) {
      return named("base", seed);
    }

    private SpongeConfig named(String name, int seed) {
      Map<String, String> own = new LinkedHashMap<>();
      own.put("run.name", name);
      own.put("run.seed", "" + seed);
      try {
        SpongeConfig config = ConfigSource.load(layer, own).effective();
        if (config.run().mode() == RunConfig.Mode.EXPLORE) {
          throw new UserError(
              "run.mode = explore trains nothing, and a study compares what training does; remove it.");
        }
        return config;
      } catch (UserError e) {
        throw new UserError("Variant " + key + " of the study: " + e.getMessage(), e);
      }
    }

    /** {@code remix-s3}: names the run of a seed. */
    public String runName(int seed) {
      return key + "-s" + seed;
    }
  }

  public StudyConfig {
    if (variants.isEmpty()) {
      throw new UserError("The study has no variants; give one or more in section variants.");
    }
    Set<String> keys = new HashSet<>();
    variants.forEach(variant -> keys.add(variant.key()));
    for (Variant variant : variants) {
      if (!variant.baseline().isEmpty() && !keys.contains(variant.baseline())) {
        throw new UserError(
            "variants.%s.baseline = %s is no variant of this study; the variants are %s."
                .formatted(variant.key(), variant.baseline(), List.copyOf(keys)));
      }
    }
    variants = List.copyOf(variants);
  }

  /**
   * Reads and checks a study: the configuration of every run is built once.
   *
   * @throws UserError as {@link SpongeConfig#load}; the message names the variant
   */
  public static StudyConfig load(Path file) {
    Config whole = ConfigSource.resolve(ConfigSource.parseFile(file));
    if (!whole.hasPath(STUDY) || !whole.hasPath(VARIANTS)) {
      throw new UserError(
          file
              + " is no study: it needs the sections study and variants beside the keys of a run.");
    }
    Config section = whole.getConfig(STUDY);
    checkKeys(section.root(), RecordReader.keys(Settings.class), STUDY);
    Settings settings =
        RecordReader.read(
            Settings.class, section.withFallback(Settings.DEFAULTS).atPath(STUDY), STUDY + ".");
    Config shared = whole.withoutPath(STUDY).withoutPath(VARIANTS).withoutPath(PRESETS);
    List<Variant> variants = new ArrayList<>();
    ConfigObject all = whole.getObject(VARIANTS);
    all.keySet().stream()
        .sorted(
            Comparator.comparingInt((String key) -> all.get(key).origin().lineNumber())
                .thenComparing(Comparator.naturalOrder()))
        .forEach(key -> variants.add(variant(key, all, shared)));
    StudyConfig study = new StudyConfig(settings, variants);
    study.variants().forEach(variant -> variant.run(settings.seeds().get(0)));
    return study;
  }

  private static Variant variant(String key, ConfigObject all, Config shared) {
    if (!KEY.matcher(key).matches() || !(all.get(key) instanceof ConfigObject object)) {
      throw new UserError(
          "variants."
              + key
              + " must be a section, its name 1 to 40 lower-case letters, digits and hyphens.");
    }
    checkKeys(object, VARIANT_KEYS, VARIANTS + "." + key);
    Config own = object.toConfig();
    try {
      Config set = own.hasPath("set") ? own.getConfig("set") : ConfigFactory.empty();
      return new Variant(
          key,
          own.hasPath("label") ? own.getString("label") : key,
          own.hasPath("baseline") ? own.getString("baseline") : "",
          own.hasPath("group") ? own.getString("group") : "",
          set.withFallback(shared));
    } catch (ConfigException.WrongType e) {
      throw new UserError("variants." + key + ": " + e.getMessage(), e);
    }
  }

  private static void checkKeys(
      ConfigObject section, java.util.Collection<String> known, String name) {
    for (String key : section.keySet()) {
      if (!known.contains(key)) {
        throw new UserError(
            "Unknown key %s.%s. Did you mean %s?".formatted(name, key, Nearest.of(key, known)));
      }
    }
  }
}
