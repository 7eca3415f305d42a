package dev.sponge.jobs.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sponge.jobs.loop.CommandScript.Result;
import dev.sponge.jobs.run.RunContext;
import dev.sponge.jobs.table.Prompt;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** Input that only a stage can find bad: one sentence and exit code 2. */
@TestInstance(Lifecycle.PER_CLASS)
class BadInputTest {
  @TempDir static Path directory;

  private CommandScript script;
  private Path config;
  private List<Result> results;
  private int noPrompts;
  private int longPrompt;
  private int tooManyProblems;
  private int tooFewPrompts;
  private int noDirectory;
  private int truncated;
  private int otherTokenizer;
  private int givenModel;
  private int chatPrompts;
  private int otherFormat;

  @BeforeAll
  void runTheCommands() throws Exception {
    config = TinyRun.configFile(directory);
    script = new CommandScript(directory);
    noPrompts = stage("bootstrap", "empty");
    longPrompt = stage("prepare", "long", "--set", "rollout.max_prompt_tokens=4");
    noDirectory = stage("prepare", "none", "--set", "model.dir=" + directory.resolve("nowhere"));

    Path broken = model("broken");
    try (FileChannel weights =
        FileChannel.open(broken.resolve("model.safetensors"), StandardOpenOption.WRITE)) {
      weights.truncate(weights.size() / 2);
    }
    stage("prepare", "broken-work", "--set", "model.dir=" + broken);
    truncated = stage("bootstrap", "broken-work", "--set", "model.dir=" + broken);

    Path other = model("other");
    Path json = other.resolve("tokenizer.json");
    Files.writeString(
        json,
        Files.readString(json)
            .replaceFirst(
                "\"added_tokens\": *\\[",
                "\"added_tokens\":[{\"id\":5000,\"content\":\"<extra>\",\"single_word\":false,"
                    + "\"lstrip\":false,\"rstrip\":false,\"normalized\":false,\"special\":true},"));
    stage("prepare", "other-work", "--set", "model.dir=" + other);
    otherTokenizer = stage("bootstrap", "other-work", "--set", "model.dir=" + other);

    Path good = model("good");
    stage("prepare", "good-work", "--set", "model.dir=" + good);
    givenModel = stage("bootstrap", "good-work", "--set", "model.dir=" + good);
    tooFewPrompts =
        stage(
            "rollout",
            "good-work",
            "--set",
            "model.dir=" + good,
            "--run",
            "main",
            "--set",
            "rollout.prompts_per_step=200");
    tooManyProblems =
        stage(
            "evaluate",
            "good-work",
            "--set",
            "model.dir=" + good,
            "--set",
            "evaluation.problems=400");

    Path chat = model("chat");
    Files.writeString(
        chat.resolve("chat_template.jinja"),
        "{% for m in messages %}{{ m.content }}\n\n{% endfor %}");
    chatPrompts = stage("prepare", "chat-work", "--model", chat.toString());
    otherFormat = stage("prepare", "good-work", "--model", chat.toString(), "--run", "another");
    results = script.run();
  }

  private int stage(String command, String work, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of(
                command,
                "--work",
                directory.resolve(work).toString(),
                "--config",
                config.toString(),
                "--quiet"));
    args.addAll(List.of(more));
    return script.add(args.toArray(String[]::new));
  }

  /** A copy of the reference's base policy, as another tool would give it. */
  private static Path model(String name) throws IOException {
    RunContext run = TinyRun.reference();
    Path source =
        run.checkpoints()
            .fetch(run.lakehouse().policies().read(TinyRun.RUN, 0).orElseThrow().checkpointUri());
    Path target = Files.createDirectory(directory.resolve(name));
    for (String file :
        List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")) {
      Files.copy(source.resolve(file), target.resolve(file));
    }
    return target;
  }

  private void assertRefused(int index, String... sentences) {
    Result result = results.get(index);
    assertThat(result.code()).as(result.toString()).isEqualTo(2);
    assertThat(result.err()).startsWith("sponge: ").contains(sentences).hasLineCount(1);
  }

  @Test
  void anEmptyPromptTableNamesTheStageThatFillsIt() {
    assertRefused(noPrompts, "sponge prepare");
  }

  @Test
  void aPromptThatIsTooLongIsShownWithTheKey() {
    assertRefused(longPrompt, "rollout.max_prompt_tokens = 4");
  }

  @Test
  void aModelDirectoryThatIsMissingOrBrokenIsNamed() {
    assertRefused(noDirectory, "model.dir", "nowhere");
    assertRefused(truncated, "broken", "model.safetensors");
  }

  @Test
  void aTokenizerThatDoesNotFitTheModelIsRefused() {
    assertRefused(otherTokenizer, "token ids up to 5000", "vocab_size");
  }

  @Test
  void aModelDirectoryOfAnotherToolBecomesVersionZero() {
    assertThat(results.get(givenModel).code()).as(results.get(givenModel).toString()).isZero();
    assertThat(
            TinyRun.open(directory.resolve("good-work"))
                .lakehouse()
                .policies()
                .read(TinyRun.RUN, 0)
                .orElseThrow()
                .weightsSha256())
        .isEqualTo(
            TinyRun.reference()
                .lakehouse()
                .policies()
                .read(TinyRun.RUN, 0)
                .orElseThrow()
                .weightsSha256());
  }

  @Test
  void theChatTemplateOfAModelDirectoryStandsAroundThePrompts() {
    assertThat(results.get(chatPrompts).code()).as(results.get(chatPrompts).toString()).isZero();
    List<Prompt> prompts =
        TinyRun.open(directory.resolve("chat-work")).lakehouse().prompts().read("train");
    List<Prompt> plain =
        TinyRun.open(directory.resolve("good-work")).lakehouse().prompts().read("train");
    assertThat(prompts).hasSameSizeAs(plain);
    assertThat(prompts)
        .allSatisfy(p -> assertThat(p.prompt()).endsWith("\n\n").doesNotContain("\n\n\n"));
    assertThat(prompts.stream().map(Prompt::contentHash))
        .containsExactlyInAnyOrderElementsOf(plain.stream().map(Prompt::contentHash).toList());
  }

  @Test
  void theSameProblemsInTwoFormatsAreRefused() {
    assertRefused(otherFormat, "another format", "Use another work directory");
  }

  @Test
  void moreIsAskedForThanThePromptTableHolds() {
    assertRefused(tooManyProblems, "evaluation.problems = 400");
    assertRefused(tooFewPrompts, "prompts_per_step");
  }
}
