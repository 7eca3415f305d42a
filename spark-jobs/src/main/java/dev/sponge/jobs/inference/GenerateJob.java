package dev.sponge.jobs.inference;

import dev.sponge.jobs.config.EngineConfig;
import dev.sponge.rl.UserError;
import dev.sponge.rl.generation.Completion;
import dev.sponge.rl.generation.GenerationRequest;
import dev.sponge.rl.generation.Generator;
import dev.sponge.rl.generation.SamplingConfig;
import dev.sponge.rl.generation.StopRule;
import dev.sponge.rl.generation.TokenRandom;
import dev.sponge.rl.model.HfModelDirectory;
import dev.sponge.rl.model.ModelConfig;
import dev.sponge.rl.tensor.DecoderKernels.Truncation;
import dev.sponge.rl.text.ChatMessage;
import dev.sponge.rl.text.ChatTemplate;
import dev.sponge.rl.text.StopStrings;
import dev.sponge.rl.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/** Answers of a model to one prompt. */
public final class GenerateJob {
  private static final String PROMPT_ID = "generate";

  private final Path model;
  private final EngineConfig engine;
  private final GenerateSettings settings;

  public GenerateJob(Path model, EngineConfig engine, GenerateSettings settings) {
    this.model = model;
    this.engine = engine;
    this.settings = settings;
  }

  /**
   * What is asked.
   *
   * @param raw whether the prompt is continued as it stands, without chat template
   */
  public record Question(String prompt, Optional<String> system, boolean raw) {
    public Question {
      if (raw && system.isPresent()) {
        throw new UserError("--system has no place in a --raw prompt; leave out one of them.");
      }
    }
  }

  /**
   * One sample.
   *
   * @param prompt the text that the model continued
   * @param ids (C) sampled tokens, the end token included
   * @param logprobs (C) of the distribution they were drawn from
   * @param finishReason {@code stop} or {@code length}
   */
  // Token arrays stay primitive; answers are not compared.
  @SuppressWarnings("ArrayRecordComponent")
  public record Answer(
      String prompt, String text, int[] ids, float[] logprobs, String finishReason, long seed) {}

  /**
   * @param answers in the order of their seeds
   * @param seconds that generation took, loading aside
   */
  public record Result(List<Answer> answers, double seconds) {}

  /**
   * @throws UserError when the model, the question or the settings cannot be used
   */
  public Result run(Question question) {
    SamplingConfig sampling = sampling();
    Optional<ChatTemplate> template = question.raw() ? Optional.empty() : ChatTemplate.of(model);
    if (template.isEmpty() && question.system().isPresent()) {
      throw new UserError(model + " has no chat template to put --system into; leave it out.");
    }
    String prompt = template.map(t -> t.render(messages(question), true)).orElse(question.prompt());
    try (Tokenizer tokenizer = HfModelDirectory.loadTokenizer(model);
        LoadedModel loaded = LoadedModel.open(model, engine)) {
      int[] ids = template.isPresent() ? tokenizer.encode(prompt) : tokenizer.encodePlain(prompt);
      if (ids.length == 0) {
        throw new UserError("--prompt gives no token; write some text.");
      }
      Generator generator =
          new Generator(
              loaded.model(), loaded.manager(), limits(tokenizer, loaded.model().config()));
      long[] seeds = seeds();
      long start = System.nanoTime();
      List<Completion> completions =
          generator.generate(List.of(new GenerationRequest(ids, seeds)), sampling).get(0);
      double seconds = (System.nanoTime() - start) / 1e9;
      List<Answer> answers = new ArrayList<>();
      for (int i = 0; i < seeds.length; i++) {
        answers.add(answer(prompt, completions.get(i), tokenizer, seeds[i]));
      }
      return new Result(answers, seconds);
    }
  }

  private static List<ChatMessage> messages(Question question) {
    List<ChatMessage> messages = new ArrayList<>();
    question.system().ifPresent(s -> messages.add(new ChatMessage(ChatMessage.SYSTEM, s)));
    messages.add(ChatMessage.user(question.prompt()));
    return messages;
  }

  /** The one place where the settings become those of the generator. */
  private SamplingConfig sampling() {
    return new SamplingConfig(
        settings.temperature(),
        settings.maxTokens(),
        new Truncation(settings.topK(), settings.topP(), settings.minP()));
  }

  private Generator.Limits limits(Tokenizer tokenizer, ModelConfig config) {
    int[] ends =
        HfModelDirectory.endTokenIds(model, config, tokenizer).stream()
            .mapToInt(Integer::intValue)
            .toArray();
    StopRule stop =
        settings.stop().isEmpty()
            ? StopRule.NEVER
            : new StopStrings(tokenizer, settings.stop())::endsWith;
    return new Generator.Limits(ends, tokenizer.padId(), Generator.Limits.DEFAULT_ROWS, stop);
  }

  private long[] seeds() {
    return LongStream.range(0, settings.samples())
        .map(sample -> TokenRandom.seed(settings.seed(), 0, PROMPT_ID, (int) sample))
        .toArray();
  }

  private static Answer answer(
      String prompt, Completion completion, Tokenizer tokenizer, long seed) {
    return new Answer(
        prompt,
        tokenizer.decode(completion.ids()),
        completion.ids(),
        completion.logprobs(),
        completion.finishReason().label(),
        seed);
  }
}
