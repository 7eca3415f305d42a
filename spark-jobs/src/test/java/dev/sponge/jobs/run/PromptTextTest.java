package dev.sponge.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.jobs.config.DataConfig;
import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromptTextTest {
  private static final String PROBLEM = "How many?\n";

  @TempDir Path dir;

  private static DataConfig data(String... keysAndValues) {
    Map<String, String> overrides = new LinkedHashMap<>(Map.of("model.dir", "somewhere"));
    for (int i = 0; i < keysAndValues.length; i += 2) {
      overrides.put("data." + keysAndValues[i], keysAndValues[i + 1]);
    }
    return SpongeConfig.load(Optional.empty(), overrides).data();
  }

  private void template() throws IOException {
    Files.writeString(
        dir.resolve("chat_template.jinja"),
        "{% for m in messages %}<{{ m.role }}>{{ m.content }}\n{% endfor %}"
            + "{% if add_generation_prompt %}<assistant>{% endif %}{{ strftime_now('%Y-%m-%d') }}");
  }

  @Test
  void withoutTemplateTheProblemStandsAlone() {
    assertThat(PromptText.of(data(), dir).render(PROBLEM)).isEqualTo(PROBLEM);
    assertThat(PromptText.of(data("instruction", "Box it."), dir).render(PROBLEM))
        .isEqualTo("How many?\nBox it.\n");
  }

  @Test
  void aTemplateIsTakenWhenThereIsOneAndWritesAFixedDate() throws IOException {
    template();
    assertThat(PromptText.of(data(), dir).render(PROBLEM))
        .isEqualTo("<user>How many?\n<assistant>2024-07-26");
    assertThat(
            PromptText.of(data("system_prompt", "Be brief.", "instruction", "Box it."), dir)
                .render(PROBLEM))
        .isEqualTo("<system>Be brief.\n<user>How many?\nBox it.\n<assistant>2024-07-26");
    assertThat(PromptText.of(data("prompt_format", "plain"), dir).render(PROBLEM))
        .isEqualTo(PROBLEM);
  }

  @Test
  void whatNeedsATemplateFailsWithoutOne() {
    for (DataConfig data :
        new DataConfig[] {data("prompt_format", "chat"), data("system_prompt", "Be brief.")}) {
      assertThatThrownBy(() -> PromptText.of(data, dir))
          .isInstanceOf(UserError.class)
          .hasMessageContaining(dir.toString())
          .hasMessageContaining("chat template");
    }
  }

  @Test
  void templatesBringSystemPromptAndInstruction() throws IOException {
    assertThat(PromptText.of(data("template", "deepscaler"), dir).render(PROBLEM))
        .isEqualTo(
            "How many?\nLet's think step by step and output the final answer within \\boxed{}.\n");
    assertThat(PromptText.of(data("template", "boxed"), dir).render(PROBLEM))
        .isEqualTo("How many?\nPut your final answer in \\boxed{}.\n");
    assertThatThrownBy(() -> PromptText.of(data("template", "qwen-math"), dir))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("data.template = qwen-math is set")
        .hasMessageContaining("no chat template");
    template();
    assertThat(PromptText.of(data("template", "qwen-math"), dir).render(PROBLEM))
        .isEqualTo(
            "<system>Please reason step by step, and put your final answer within \\boxed{}.\n"
                + "<user>How many?\n<assistant>2024-07-26");
    assertThat(PromptText.of(data("template", "r1-distill"), dir).render(PROBLEM))
        .isEqualTo(
            "<user>How many?\nPlease reason step by step, and put your final answer within"
                + " \\boxed{}.\n<assistant>2024-07-26");
  }

  @Test
  void aTemplateBesideItsKeysAndSourcesWithoutAModelAreRefused() {
    for (String key : new String[] {"instruction", "system_prompt"}) {
      assertThatThrownBy(() -> data("template", "boxed", key, "Be brief."))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("data.template = boxed")
          .hasMessageContaining("data.instruction");
    }
    assertThatThrownBy(() -> data("template", "qwen-math", "prompt_format", "plain"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("data.template = qwen-math")
        .hasMessageContaining("data.prompt_format = plain");
    assertThatThrownBy(() -> data("sources", "[math, math]"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("data.sources");
    for (Map<String, String> fresh :
        java.util.List.of(Map.of("data.sources", "[math]"), Map.of("data.template", "boxed"))) {
      assertThatThrownBy(() -> SpongeConfig.load(Optional.empty(), fresh))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("data.template and data.sources need a model");
    }
    assertThat(data("sources", "[math]", "train_problems", "1").isImported()).isTrue();
  }

  @Test
  void contradictingKeysAreRefused() {
    assertThatThrownBy(() -> data("prompt_format", "plain", "system_prompt", "x"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("data.system_prompt");
    assertThatThrownBy(() -> data("style", "word", "levels", "[1, 4]"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("data.levels");
    for (Map<String, String> fresh :
        java.util.List.of(
            Map.of("data.style", "word"),
            Map.of("data.prompt_format", "chat"),
            Map.of("data.instruction", "Box it."))) {
      assertThatThrownBy(() -> SpongeConfig.load(Optional.empty(), fresh))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("--model DIR");
    }
    assertThatThrownBy(
            () -> SpongeConfig.load(Optional.empty(), Map.of("reward.format_weight", "0.1")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("reward.format_weight");
    assertThat(
            SpongeConfig.load(
                    Optional.empty(),
                    Map.of("reward.format_weight", "0.1", "reward.verifier", "final-integer"))
                .reward()
                .formatWeight())
        .isEqualTo(0.1);
  }
}
