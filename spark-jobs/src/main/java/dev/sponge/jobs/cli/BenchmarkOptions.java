package dev.sponge.jobs.cli;

import dev.sponge.jobs.config.BenchmarkSettings;
import dev.sponge.jobs.config.EvaluationFilter;
import dev.sponge.jobs.report.OutputFormat;
import dev.sponge.rl.UserError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import picocli.CommandLine.Option;

/** The flags of evaluations on benchmarks, for making them and for choosing among them. */
final class BenchmarkOptions {
  private static final int SAMPLES = 16;
  private static final double TEMPERATURE = 0.6;
  private static final double TOP_P = 0.95;

  @Option(
      names = "--benchmarks",
      paramLabel = "NAMES",
      split = ",",
      description = "benchmarks (sources of test prompts), such as aime24,amc23,math500")
  private List<String> benchmarks = new ArrayList<>();

  @Option(
      names = "--n",
      paramLabel = "N",
      description = "responses sampled a problem (default: " + SAMPLES + ")")
  private Integer samples;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "sampling temperature (default: " + TEMPERATURE + "; 0: greedy, with --n 1)")
  private Double temperature;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "mass of the tokens that are drawn from (default: " + TOP_P + ")")
  private Double topP;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      description = "limit on a response (default: 8192, or what the model has positions for)")
  private Integer maxTokens;

  @Option(
      names = "--problems",
      paramLabel = "N",
      description = "problems of each benchmark, always the same ones (default: all)")
  private Integer problems;

  @Option(
      names = "--verifier",
      paramLabel = "NAME[@VERSION]",
      description = "what judges the responses (default: math, or what judged them)")
  private String verifier;

  @Option(
      names = "--k",
      paramLabel = "K",
      split = ",",
      description = "k of pass@k and maj@k, such as 1,4,8")
  private List<Integer> ks = new ArrayList<>();

  @Option(names = "--json", description = "print the scores as JSON")
  private boolean json;

  @Option(names = "--markdown", description = "print the scores as Markdown tables, in percent")
  private boolean markdown;

  /** The names of the flags that were given beside {@code --benchmarks}. */
  List<String> given() {
    Map<String, Object> flags = new LinkedHashMap<>();
    flags.put("--n", samples);
    flags.put("--temperature", temperature);
    flags.put("--top-p", topP);
    flags.put("--max-tokens", maxTokens);
    flags.put("--problems", problems);
    flags.put("--verifier", verifier);
    flags.put("--k", ks.isEmpty() ? null : ks);
    flags.put("--json", json ? true : null);
    flags.put("--markdown", markdown ? true : null);
    flags.values().removeIf(Objects::isNull);
    return List.copyOf(flags.keySet());
  }

  List<String> benchmarks() {
    return benchmarks;
  }

  /** Settings for an evaluation; what was not given has its default. */
  BenchmarkSettings settings() {
    double drawn = temperature == null ? TEMPERATURE : temperature;
    // Greedy responses draw from one token, whatever the mass.
    double mass = drawn == 0 ? 1 : TOP_P;
    return new BenchmarkSettings(
        benchmarks,
        samples == null ? SAMPLES : samples,
        drawn,
        topP == null ? mass : topP,
        integer(maxTokens),
        integer(problems),
        verifier());
  }

  /** Conditions on stored evaluations; what was not given is none. */
  EvaluationFilter filter() {
    return new EvaluationFilter(
        benchmarks,
        integer(samples),
        real(temperature),
        real(topP),
        integer(maxTokens),
        integer(problems));
  }

  Optional<String> verifier() {
    return Optional.ofNullable(verifier);
  }

  List<Integer> ks() {
    return ks;
  }

  OutputFormat format() {
    if (json && markdown) {
      throw new UserError("--json and --markdown are two forms of one table; give one of them.");
    }
    if (json) {
      return OutputFormat.JSON;
    }
    return markdown ? OutputFormat.MARKDOWN : OutputFormat.TEXT;
  }

  private static OptionalInt integer(Integer value) {
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }

  private static OptionalDouble real(Double value) {
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }
}
