package dev.sponge.rl.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against what transformers renders (make_chat_fixture.py), and against templates that attack. */
class ChatTemplateTest {
  private static final Path FIXTURE = Path.of("src/test/resources/fixtures/chat");
  private static final List<ChatMessage> QUESTION = List.of(ChatMessage.user("Hi"));

  @TempDir Path dir;

  private static JsonObject expected() throws IOException {
    return JsonParser.parseString(Files.readString(FIXTURE.resolve("expected.json")))
        .getAsJsonObject();
  }

  @TestFactory
  Stream<DynamicTest> everyTemplateGivesTheBytesOfTransformers() throws IOException {
    JsonObject expected = expected();
    Map<String, List<JsonObject>> casesOfTemplate = new TreeMap<>();
    for (JsonElement element : expected.getAsJsonArray("cases")) {
      JsonObject oneCase = element.getAsJsonObject();
      casesOfTemplate
          .computeIfAbsent(oneCase.get("template").getAsString(), name -> new ArrayList<>())
          .add(oneCase);
    }
    assertThat(casesOfTemplate).hasSizeGreaterThan(15);
    return casesOfTemplate.entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey(), () -> check(expected, entry.getKey(), entry.getValue())));
  }

  private void check(JsonObject expected, String name, List<JsonObject> cases) throws IOException {
    Path model = Files.createDirectories(dir.resolve(name));
    Files.copy(
        FIXTURE.resolve("templates/" + name + ".jinja"), model.resolve("chat_template.jinja"));
    Files.writeString(
        model.resolve("tokenizer_config.json"), expected.get("special_tokens").toString());
    LocalDateTime now = LocalDateTime.parse(expected.get("now").getAsString());
    Clock clock = Clock.fixed(now.toInstant(ZoneOffset.UTC), ZoneOffset.UTC);
    ChatTemplate template = ChatTemplate.of(model, clock).orElseThrow();
    assertThat(cases).hasSizeGreaterThan(10);
    for (JsonObject oneCase : cases) {
      String conversation = oneCase.get("conversation").getAsString();
      List<ChatMessage> messages =
          messages(expected.getAsJsonObject("conversations").getAsJsonArray(conversation));
      boolean prompt = oneCase.get("add_generation_prompt").getAsBoolean();
      if (oneCase.has("error")) {
        assertThatThrownBy(() -> template.render(messages, prompt))
            .isInstanceOf(UserError.class)
            .hasMessageContaining("chat_template.jinja")
            .hasMessageContaining(oneCase.get("error").getAsString());
      } else {
        assertThat(template.render(messages, prompt))
            .as("%s on %s", name, conversation)
            .isEqualTo(oneCase.get("output").getAsString());
      }
    }
  }

  private static List<ChatMessage> messages(JsonArray conversation) {
    List<ChatMessage> messages = new ArrayList<>();
    for (JsonElement element : conversation) {
      JsonObject message = element.getAsJsonObject();
      messages.add(
          new ChatMessage(message.get("role").getAsString(), message.get("content").getAsString()));
    }
    return messages;
  }

  private ChatTemplate template(String source) throws IOException {
    Files.writeString(dir.resolve("chat_template.jinja"), source);
    return ChatTemplate.of(dir).orElseThrow();
  }

  private ChatTemplate configured(String json) throws IOException {
    Files.writeString(dir.resolve("tokenizer_config.json"), json);
    return ChatTemplate.of(dir).orElseThrow();
  }

  @Test
  void aDirectoryWithoutTemplateHasNone() throws IOException {
    assertThat(ChatTemplate.of(dir)).isEmpty();
    Files.writeString(dir.resolve("tokenizer_config.json"), "{\"eos_token\": \"</s>\"}");
    assertThat(ChatTemplate.of(dir)).isEmpty();
  }

  @Test
  void theTemplateComesFromTheConfigOrItsListOrAFileOfItsOwn() throws IOException {
    assertThat(configured("{\"chat_template\": \"plain\"}").render(QUESTION, true))
        .isEqualTo("plain");
    assertThat(
            configured(
                    """
                    {"eos_token": {"content": "<end>"}, "chat_template": [
                      {"name": "tool_use", "template": "tools"},
                      {"name": "default", "template": "listed {{ eos_token }}"}]}
                    """)
                .render(QUESTION, true))
        .isEqualTo("listed <end>");
    assertThat(template("own {{ messages[0].content }}").render(QUESTION, true))
        .isEqualTo("own Hi");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "7", "[{\"name\": \"rag\", \"template\": \"x\"}]", "{}"})
  void anUnusableEntryIsRefused(String value) {
    assertThatThrownBy(() -> configured("{\"chat_template\": " + value + "}"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("tokenizer_config.json")
        .hasMessageContaining("chat_template");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{",
        "{{ x",
        "{% if %}",
        "{% if x %}",
        "{% endfor %}",
        "{{ x | }}",
        "{{ 'x }}",
        "{# x",
        "{% for in y %}{% endfor %}",
        "{% raw %}",
        "{{ (1 }}",
        "{{ 1 ] }}",
        "{% set %}",
        "{% include 'x' %}",
        "{% import 'os' as os %}",
        "{% extends 'x' %}",
        "{% block a %}",
        "{% break %}",
        "{{ '\\x1' }}",
        "{{ 99999999999999999999 }}",
        "{{ $ }}",
        "{% do x %}"
      })
  void brokenTemplatesAreRefusedWithTheirFile(String source) {
    assertThatThrownBy(() -> template(source))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("chat_template.jinja")
        .hasMessageContaining("line 1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Loops and recursion.
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{% macro f(n) %}{{ f(n) ~ f(n) }}{% endmacro %}{{ f(1) }}",
        // Growth.
        "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
        "{{ 'x' * 10000000000 }}",
        "{{ [0] * 10000000000 }}",
        "{{ 'x'.ljust(10000000000) }}",
        "{{ 'x'|indent(10000000000) }}",
        "{{ ('x' * 9999).replace('x', 'y' * 9999).replace('y', 'z' * 9999) }}",
        "{{ ('x' * 9999).replace('', 'y' * 9999) }}",
        "{{ range(1000000000)|list }}",
        "{% set ns = namespace(x=[]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=[]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x|tojson }}",
        "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}"
            + "{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}",
        "{{ 2 ** 100000000 }}",
        "{{ ','.join(['x' * 9999] * 9999) }}",
        "{{ (['x' * 9999] * 9999)|join }}",
        // Into the host.
        "{{ messages.getClass() }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ messages.append(1) }}",
        "{{ messages[0].update({'role': 'x'}) }}",
        "{{ messages.class.forName('java.lang.Runtime') }}",
        "{{ self.x }}",
        // Errors of its own.
        "{{ raise_exception('no') }}",
        "{{ missing.attribute }}",
        "{{ missing + 'x' }}",
        "{{ missing() }}",
        "{{ 1 / 0 }}",
        "{{ 'a' + 1 }}",
        "{{ messages | unknown_filter }}",
        "{{ 1 is unknown_test }}",
        "{{ 9223372036854775807 + 1 }}"
      })
  @Timeout(20)
  void templatesThatFailOrDoNotEndAreUserErrors(String source) throws IOException {
    ChatTemplate template = template(source);
    assertThatThrownBy(() -> template.render(QUESTION, true))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("chat_template.jinja")
        .hasMessageContaining("user");
  }

  /** Where transformers gives a text that this does not compute, no other text comes out. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ messages|map(attribute='role') }}",
        "{{ {'a': 1}.items() }}",
        "{{ ('<'|e) + '<' }}",
        "{{ ('x'|safe) ~ 'y' == 'xy' and ('x'|safe)|length }}",
        "{{ '%s' % 'x' }}",
        "{{ '{}'.format('x') }}",
        "{{ namespace(a=1) }}",
        "{{ [1, 2]|batch(2)|list }}",
        "{{ cycler('a').next() }}",
        "{{ strftime_now('%c') }}",
        "{{ {1.5: 'x'} }}",
      })
  void whatIsNotSupportedFails(String source) {
    assertThatThrownBy(() -> template(source).render(QUESTION, true)).isInstanceOf(UserError.class);
  }

  @Test
  void thousandsOfNestedTagsAreRefused() {
    for (String source :
        List.of(
            "{% if x %}".repeat(5000) + "{% endif %}".repeat(5000),
            "{{ " + "(".repeat(5000) + "1" + ")".repeat(5000) + " }}",
            "{{ " + "-".repeat(5000) + "1 }}",
            "{{ " + "[".repeat(5000) + "]".repeat(5000) + " }}",
            "{% if x %}" + "{% elif x %}".repeat(5000) + "{% endif %}")) {
      assertThatThrownBy(() -> template(source)).isInstanceOf(UserError.class);
    }
    try {
      template("{{ 1" + " + 1".repeat(5000) + " }}").render(QUESTION, true);
      fail("a sum of 5000 terms must be refused");
    } catch (UserError | IOException e) {
      assertThat(e).isInstanceOf(UserError.class);
    }
  }

  @Test
  void oneTemplateServesManyThreads() throws IOException {
    ChatTemplate template =
        template(
            "{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{{ m.content }}{{ ns.n }}{% endfor %}");

    List<String> texts =
        Stream.iterate(0, i -> i + 1)
            .limit(500)
            .parallel()
            .map(i -> template.render(List.of(ChatMessage.user("q" + i)), true))
            .toList();

    for (int i = 0; i < texts.size(); i++) {
      assertThat(texts.get(i)).isEqualTo("q" + i + "1");
    }
  }
}
