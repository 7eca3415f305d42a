package dev.sponge.jobs.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import dev.sponge.jobs.inference.GenerateJob;
import dev.sponge.jobs.inference.GenerateJob.Answer;
import dev.sponge.jobs.inference.GenerateJob.Question;
import dev.sponge.jobs.inference.GenerateJob.Result;
import dev.sponge.jobs.inference.GenerateSettings;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code sponge generate}. */
@Command(
    name = "generate",
    description = "Answer a prompt with a model.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Sponge.Version.class)
final class GenerateCommand implements Callable<Integer> {
  private static final String STANDARD_INPUT = "-";

  @ParentCommand private Sponge sponge;
  @Mixin private ModelOptions options;

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      required = true,
      description = "what to answer; - reads standard input")
  private String prompt;

  @Option(names = "--system", paramLabel = "TEXT", description = "system message of the chat")
  private String system;

  @Option(names = "--raw", description = "continue the prompt without chat template")
  private boolean raw;

  @Option(
      names = "--n",
      paramLabel = "N",
      defaultValue = "1",
      description = "answers (default: ${DEFAULT-VALUE})")
  private int samples;

  @Option(names = "--greedy", description = "always the most likely token: --temperature 0")
  private boolean greedy;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      defaultValue = "1.0",
      description = "divides the logits (default: ${DEFAULT-VALUE})")
  private double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      defaultValue = "0",
      description = "draw from the K most likely tokens; 0 for all")
  private int topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      defaultValue = "1",
      description = "draw from the most likely tokens of total probability P")
  private double topP;

  @Option(
      names = "--min-p",
      paramLabel = "M",
      defaultValue = "0",
      description = "draw from tokens of at least M times the largest probability")
  private double minP;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      defaultValue = "256",
      description = "most tokens of an answer (default: ${DEFAULT-VALUE})")
  private int maxTokens;

  @Option(names = "--stop", paramLabel = "TEXT", description = "ends an answer; repeatable")
  private List<String> stop = new ArrayList<>();

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "0",
      description = "the same seed gives the same answers (default: ${DEFAULT-VALUE})")
  private long seed;

  @Option(names = "--json", description = "print one JSON object an answer")
  private boolean json;

  @Override
  public Integer call() {
    GenerateSettings settings =
        new GenerateSettings(
            samples, greedy ? 0 : temperature, topK, topP, minP, maxTokens, stop, seed);
    String text = prompt.equals(STANDARD_INPUT) ? standardInput() : prompt;
    Question question = new Question(text, Optional.ofNullable(system), raw);
    Result result =
        new GenerateJob(options.model(), options.load().engine(), settings).run(question);
    for (int i = 0; i < result.answers().size(); i++) {
      print(result.answers().get(i), i + 1);
    }
    sponge.out().flush();
    sponge.err().println(statistics(result));
    return Sponge.DONE;
  }

  private static String standardInput() {
    try {
      return new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UserError("Standard input cannot be read: " + e + ".", e);
    }
  }

  private void print(Answer answer, int number) {
    if (json) {
      sponge.out().println(toJson(answer));
    } else if (samples == 1) {
      sponge.out().println(answer.text());
    } else {
      sponge.out().println("[" + number + "] " + answer.text());
    }
  }

  private static String toJson(Answer answer) {
    Gson gson = new GsonBuilder().disableHtmlEscaping().create();
    JsonObject object = new JsonObject();
    object.addProperty("prompt", answer.prompt());
    object.addProperty("text", answer.text());
    object.add("ids", gson.toJsonTree(answer.ids()));
    object.add("logprobs", gson.toJsonTree(answer.logprobs()));
    object.addProperty("finish_reason", answer.finishReason());
    object.addProperty("seed", answer.seed());
    return gson.toJson(object);
  }

  private static String statistics(Result result) {
    int tokens = result.answers().stream().mapToInt(answer -> answer.ids().length).sum();
    Map<String, Long> reasons =
        result.answers().stream()
            .collect(
                Collectors.groupingBy(Answer::finishReason, TreeMap::new, Collectors.counting()));
    String finished =
        reasons.entrySet().stream()
            .map(entry -> entry.getKey() + " " + entry.getValue())
            .collect(Collectors.joining(", "));
    return "%,d tokens in %.1f s (%.1f tokens/s); finish: %s"
        .formatted(tokens, result.seconds(), tokens / result.seconds(), finished);
  }
}
