package dev.sponge.rl.text.jinja;

import dev.sponge.rl.text.jinja.Statement.Parameter;
import dev.sponge.rl.text.jinja.Values.Call;
import dev.sponge.rl.text.jinja.Values.Function;
import dev.sponge.rl.text.jinja.Values.Namespace;
import dev.sponge.rl.text.jinja.Values.Tuple;
import dev.sponge.rl.text.jinja.Values.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs statements. One instance renders one template once. */
final class Interpreter {
  /** What a statement does to the loop around it. */
  private enum Flow {
    NEXT,
    BREAK,
    CONTINUE
  }

  private final Budget budget = new Budget();
  private final Evaluator evaluator = new Evaluator(budget);

  String render(List<Statement> statements, Scope scope) {
    return rendered(statements, scope);
  }

  private String rendered(List<Statement> statements, Scope scope) {
    StringBuilder out = new StringBuilder();
    run(statements, scope, out);
    return budget.made(out.toString());
  }

  private Flow run(List<Statement> statements, Scope scope, StringBuilder out) {
    budget.enter();
    try {
      for (Statement statement : statements) {
        Flow flow = run(statement, scope, out);
        if (flow != Flow.NEXT) {
          return flow;
        }
      }
      return Flow.NEXT;
    } finally {
      budget.leave();
    }
  }

  private Flow run(Statement statement, Scope scope, StringBuilder out) {
    if (statement instanceof Statement.Text text) {
      write(text.text(), out);
    } else if (statement instanceof Statement.Output output) {
      write(PyText.str(evaluator.value(output.value(), scope), budget), out);
    } else if (statement instanceof Statement.If branch) {
      boolean holds = Values.isTrue(evaluator.value(branch.condition(), scope));
      return run(holds ? branch.then() : branch.otherwise(), scope, out);
    } else if (statement instanceof Statement.For loop) {
      Object items = evaluator.value(loop.items(), scope);
      return loop(loop, items, scope, 0, out);
    } else if (statement instanceof Statement.Break) {
      return Flow.BREAK;
    } else if (statement instanceof Statement.Continue) {
      return Flow.CONTINUE;
    } else if (statement instanceof Statement.Assign assign) {
      assign(assign.target(), evaluator.value(assign.value(), scope), scope, assign.line());
    } else if (statement instanceof Statement.AssignBlock assign) {
      String text = rendered(assign.body(), new Scope(scope));
      String value =
          assign.filters() == null ? text : evaluator.blockFiltered(assign.filters(), text, scope);
      assign(assign.target(), value, scope, assign.line());
    } else if (statement instanceof Statement.Macro macro) {
      scope.set(macro.name(), macro(macro, scope));
    } else if (statement instanceof Statement.CallBlock call) {
      write(callBlock(call, scope), out);
    } else if (statement instanceof Statement.FilterBlock block) {
      String text = rendered(block.body(), new Scope(scope));
      write(evaluator.blockFiltered(block.filters(), text, scope), out);
    } else if (statement instanceof Statement.With with) {
      return with(with, scope, out);
    } else if (statement instanceof Statement.Scoped scoped) {
      return run(scoped.body(), new Scope(scope), out);
    }
    return Flow.NEXT;
  }

  private void write(String text, StringBuilder out) {
    budget.fits((long) out.length() + text.length());
    out.append(text);
  }

  private Flow with(Statement.With with, Scope scope, StringBuilder out) {
    Scope inner = new Scope(scope);
    for (Statement.Assign assign : with.assignments()) {
      // The values of a with see what is outside of it.
      assign(assign.target(), evaluator.value(assign.value(), scope), inner, assign.line());
    }
    return run(with.body(), inner, out);
  }

  private Flow loop(
      Statement.For statement, Object value, Scope scope, int depth, StringBuilder out) {
    List<Object> items;
    try {
      items = Values.items(value);
    } catch (JinjaException e) {
      throw e.at(statement.line());
    }
    if (statement.filter() != null) {
      items = filtered(statement, items, scope);
    }
    Loop loop = new Loop(items, depth, recursion(statement, scope, depth), budget);
    for (int i = 0; i < items.size(); i++) {
      budget.step();
      loop.moveTo(i);
      Scope inner = new Scope(scope);
      inner.set("loop", loop);
      assign(statement.target(), items.get(i), inner, statement.line());
      if (run(statement.body(), inner, out) == Flow.BREAK) {
        break;
      }
    }
    return items.isEmpty() ? run(statement.otherwise(), new Scope(scope), out) : Flow.NEXT;
  }

  private Function recursion(Statement.For statement, Scope scope, int depth) {
    return call -> {
      if (!statement.recursive()) {
        throw new JinjaException("loop(...) needs {% for ... recursive %}");
      }
      StringBuilder out = new StringBuilder();
      loop(statement, call.require(0, "items"), scope, depth + 1, out);
      return out.toString();
    };
  }

  private List<Object> filtered(Statement.For statement, List<Object> items, Scope scope) {
    List<Object> kept = new ArrayList<>();
    for (Object item : items) {
      Scope inner = new Scope(scope);
      assign(statement.target(), item, inner, statement.line());
      if (Values.isTrue(evaluator.value(statement.filter(), inner))) {
        kept.add(item);
      }
    }
    return kept;
  }

  private void assign(Expression target, Object value, Scope scope, int line) {
    try {
      assign(target, value, scope);
    } catch (JinjaException e) {
      throw e.at(line);
    }
  }

  private void assign(Expression target, Object value, Scope scope) {
    if (target instanceof Expression.Name name) {
      scope.set(name.name(), value);
    } else if (target instanceof Expression.TupleDisplay tuple) {
      List<Object> values = Values.items(value);
      if (values.size() != tuple.items().size()) {
        throw new JinjaException(
            "cannot give " + values.size() + " values to " + tuple.items().size() + " names");
      }
      for (int i = 0; i < values.size(); i++) {
        assign(tuple.items().get(i), values.get(i), scope);
      }
    } else if (target instanceof Expression.Attribute attribute) {
      if (!(evaluator.value(attribute.object(), scope) instanceof Namespace namespace)) {
        throw new JinjaException("cannot assign attribute on non-namespace object");
      } else if (attribute.name().startsWith("_")) {
        throw new JinjaException("an attribute of a namespace must not begin with _");
      }
      namespace.attributes().put(attribute.name(), value);
    }
  }

  private String callBlock(Statement.CallBlock call, Scope scope) {
    Call arguments = evaluator.arguments(call.call().arguments(), scope, call.line());
    Map<String, Object> named = new LinkedHashMap<>(arguments.named());
    named.put("caller", macro(call.caller(), scope));
    Object function = evaluator.value(call.call().function(), scope);
    try {
      return PyText.str(evaluator.call(function, new Call(arguments.positional(), named)), budget);
    } catch (JinjaException e) {
      throw e.at(call.line());
    }
  }

  private Function macro(Statement.Macro macro, Scope definition) {
    return call -> {
      Scope scope = new Scope(definition);
      bind(macro, call, scope);
      return rendered(macro.body(), scope);
    };
  }

  private void bind(Statement.Macro macro, Call call, Scope scope) {
    Map<String, Object> named = new LinkedHashMap<>(call.named());
    List<Parameter> parameters = macro.parameters();
    int given = Math.min(call.positional().size(), parameters.size());
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      if (i < given) {
        scope.set(parameter.name(), call.positional().get(i));
      } else if (named.containsKey(parameter.name())) {
        scope.set(parameter.name(), named.remove(parameter.name()));
      } else if (parameter.defaultValue() != null) {
        scope.set(parameter.name(), evaluator.value(parameter.defaultValue(), scope));
      } else {
        scope.set(parameter.name(), new Undefined("parameter '" + parameter.name() + "'"));
      }
    }
    if (macro.traits().caller()) {
      scope.set(
          "caller",
          named.containsKey("caller") ? named.remove("caller") : new Undefined("'caller'"));
    }
    if (macro.traits().kwargs()) {
      scope.set("kwargs", new LinkedHashMap<>(named));
    } else if (!named.isEmpty()) {
      throw new JinjaException(
          "macro '" + macro.name() + "' takes no argument " + named.keySet().iterator().next());
    }
    List<Object> more = call.positional().subList(given, call.positional().size());
    if (macro.traits().varargs()) {
      scope.set("varargs", new Tuple(new ArrayList<>(more)));
    } else if (!more.isEmpty()) {
      throw new JinjaException(
          "macro '" + macro.name() + "' takes at most " + parameters.size() + " arguments");
    }
  }
}
