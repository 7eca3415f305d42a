package dev.sponge.rl.text.jinja;

import java.util.List;

/** A part of a template that writes text or changes names. */
sealed interface Statement {
  record Text(String text) implements Statement {}

  record Output(Expression value) implements Statement {}

  record If(Expression condition, List<Statement> then, List<Statement> otherwise)
      implements Statement {}

  /** Filter may be null. */
  record For(
      Expression target,
      Expression items,
      Expression filter,
      boolean recursive,
      List<Statement> body,
      List<Statement> otherwise,
      int line)
      implements Statement {}

  record Break() implements Statement {}

  record Continue() implements Statement {}

  /** Target: a name, a tuple of names, or the attribute of a namespace. */
  record Assign(Expression target, Expression value, int line) implements Statement {}

  /** Filter chain over a null value, or null. */
  record AssignBlock(Expression target, Expression filters, List<Statement> body, int line)
      implements Statement {}

  record Parameter(String name, Expression defaultValue) {}

  record Macro(String name, List<Parameter> parameters, List<Statement> body, Traits traits)
      implements Statement {}

  /** What the body of a macro mentions: it decides what calls it accepts. */
  record Traits(boolean varargs, boolean kwargs, boolean caller) {}

  record CallBlock(Macro caller, Expression.Call call, int line) implements Statement {}

  record FilterBlock(Expression filters, List<Statement> body) implements Statement {}

  record With(List<Assign> assignments, List<Statement> body) implements Statement {}

  /** Its own scope and nothing else, as {@code generation} of transformers. */
  record Scoped(List<Statement> body) implements Statement {}
}
