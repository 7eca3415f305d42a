package dev.sponge.rl.text.jinja;

import dev.sponge.rl.text.jinja.Values.Call;
import dev.sponge.rl.text.jinja.Values.Function;
import dev.sponge.rl.text.jinja.Values.Namespace;
import dev.sponge.rl.text.jinja.Values.Range;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A parsed template. Immutable and thread-safe. Rendering is a pure function of the variables and
 * the time; it ends within fixed limits of steps, size and depth whatever the template does.
 */
public final class JinjaTemplate {
  private static final int MAX_LENGTH = 1_000_000;
  private static final int MAX_RANGE = 100_000;

  private final List<Statement> statements;

  private JinjaTemplate(List<Statement> statements) {
    this.statements = statements;
  }

  /**
   * Reads a template.
   *
   * @throws JinjaException when it is no template, or uses what is not supported
   */
  public static JinjaTemplate parse(String source) {
    if (source.length() > MAX_LENGTH) {
      throw new JinjaException("the template is longer than " + MAX_LENGTH + " characters");
    }
    return new JinjaTemplate(StatementParser.parse(source));
  }

  /**
   * Renders with variables and the functions of transformers' chat templates: {@code namespace},
   * {@code dict}, {@code range}, {@code raise_exception}, {@code strftime_now}.
   *
   * @param variables by name: null, Boolean, Long, Double, String, and List and Map of these
   * @param now what {@code strftime_now} takes for the present
   * @throws JinjaException when the template raises, fails, or exceeds the limits
   */
  public String render(Map<String, ?> variables, LocalDateTime now) {
    Scope globals = new Scope(null);
    globals.set("namespace", (Function) JinjaTemplate::namespace);
    globals.set("dict", (Function) JinjaTemplate::dict);
    globals.set("range", (Function) JinjaTemplate::range);
    globals.set("raise_exception", (Function) JinjaTemplate::raise);
    globals.set(
        "strftime_now",
        (Function)
            call -> Strftime.format(Values.string(call.require(0, "format"), "the format"), now));
    for (String name : List.of("cycler", "joiner", "lipsum")) {
      globals.set(name, (Function) call -> unsupported(name));
    }
    Scope scope = new Scope(globals);
    variables.forEach(scope::set);
    return new Interpreter().render(statements, scope);
  }

  private static Map<String, Object> attributes(Call call, String function) {
    Map<String, Object> attributes = new LinkedHashMap<>();
    for (Object argument : call.positional()) {
      if (!(argument instanceof Map<?, ?> map)) {
        throw new JinjaException(function + " takes dicts and named arguments");
      }
      map.forEach((key, value) -> attributes.put(Values.string(key, "a name"), value));
    }
    attributes.putAll(call.named());
    return attributes;
  }

  private static Object namespace(Call call) {
    return Namespace.of(attributes(call, "namespace"));
  }

  private static Object dict(Call call) {
    return attributes(call, "dict");
  }

  private static Object range(Call call) {
    List<Object> bounds = call.accept("start", "stop", "step").positional();
    if (bounds.isEmpty()) {
      throw new JinjaException("range needs a bound");
    }
    long first = Values.integer(bounds.get(0), "a bound of range");
    long start = bounds.size() == 1 ? 0 : first;
    long stop = bounds.size() == 1 ? first : Values.integer(bounds.get(1), "a bound of range");
    long step = bounds.size() < 3 ? 1 : Values.integer(bounds.get(2), "the step of range");
    double size = step == 0 ? 0 : Math.max(0, ((double) stop - start) / step);
    if (step == 0 || size > MAX_RANGE || Math.abs(step) > Integer.MAX_VALUE) {
      throw new JinjaException("range has a step of 0 or more than " + MAX_RANGE + " items");
    }
    return new Range(start, stop, step);
  }

  private static Object unsupported(String name) {
    throw new JinjaException("the function " + name + " is not supported");
  }

  private static Object raise(Call call) {
    Object message = call.require(0, "message");
    throw new JinjaException(message instanceof String text ? text : Values.type(message));
  }
}
