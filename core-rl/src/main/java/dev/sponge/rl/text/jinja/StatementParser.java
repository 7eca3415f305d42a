package dev.sponge.rl.text.jinja;

import dev.sponge.rl.text.jinja.Expression.Arguments;
import dev.sponge.rl.text.jinja.Statement.Assign;
import dev.sponge.rl.text.jinja.Statement.Parameter;
import dev.sponge.rl.text.jinja.Statement.Traits;
import dev.sponge.rl.text.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Statements; those that load other templates do not exist here. */
final class StatementParser {
  private static final int MAX_DEPTH = 60;

  private final List<Token> all;
  private final Tokens tokens;
  private final ExpressionParser expressions;
  private int depth;
  private int loops;

  private StatementParser(List<Token> all) {
    this.all = all;
    tokens = new Tokens(all);
    expressions = new ExpressionParser(tokens);
  }

  static List<Statement> parse(String template) {
    StatementParser parser = new StatementParser(Lexer.tokens(template));
    List<Statement> statements = parser.statements(Set.of());
    if (!parser.tokens.is(Kind.END)) {
      throw parser.tokens.unexpected("a statement");
    }
    return statements;
  }

  /** Statements up to a block that begins with one of the names, which stands next. */
  private List<Statement> statements(Set<String> ends) {
    if (++depth > MAX_DEPTH) {
      throw new JinjaException("statements nest deeper than " + MAX_DEPTH).at(tokens.line());
    }
    List<Statement> result = new ArrayList<>();
    while (!tokens.is(Kind.END)) {
      Token token = tokens.next();
      switch (token.kind()) {
        case TEXT -> result.add(new Statement.Text(token.text()));
        case OUTPUT_BEGIN -> {
          Expression value = expressions.tuple(true, () -> tokens.is(Kind.OUTPUT_END));
          tokens.expect(Kind.OUTPUT_END, "'}}'");
          result.add(new Statement.Output(value));
        }
        case BLOCK_BEGIN -> {
          if (tokens.is(Kind.NAME) && ends.contains(tokens.peek().text())) {
            depth--;
            return result;
          }
          result.add(statement());
        }
        case BLOCK_END, OUTPUT_END, NAME, INTEGER, FLOAT, STRING, OPERATOR, END ->
            throw new JinjaException("unexpected " + token).at(token.line());
      }
    }
    if (!ends.isEmpty()) {
      throw tokens.unexpected("a block " + String.join(" or ", ends.stream().sorted().toList()));
    }
    depth--;
    return result;
  }

  private void endBlock() {
    tokens.expect(Kind.BLOCK_END, "'%}'");
  }

  /** The body of a block up to its one end tag, which is consumed. */
  private List<Statement> body(String end) {
    endBlock();
    List<Statement> body = statements(Set.of(end));
    tokens.expectName(end);
    return body;
  }

  private Statement statement() {
    Token name = tokens.expect(Kind.NAME, "a statement");
    int line = name.line();
    Statement statement =
        switch (name.text()) {
          case "if" -> conditional();
          case "for" -> loop(line);
          case "set" -> set(line);
          case "macro" -> macro();
          case "call" -> call(line);
          case "filter" -> new Statement.FilterBlock(expressions.blockFilters(), body("endfilter"));
          case "with" -> with();
          case "generation" -> new Statement.Scoped(body("endgeneration"));
          case "break" -> jump(new Statement.Break(), line);
          case "continue" -> jump(new Statement.Continue(), line);
          default ->
              throw new JinjaException("the tag '" + name.text() + "' is unknown or not supported")
                  .at(line);
        };
    endBlock();
    return statement;
  }

  private Statement jump(Statement jump, int line) {
    if (loops == 0) {
      throw new JinjaException("break or continue outside a loop").at(line);
    }
    return jump;
  }

  private Statement conditional() {
    Expression condition = expressions.tuple(false, () -> tokens.is(Kind.BLOCK_END));
    endBlock();
    List<Statement> then = statements(Set.of("elif", "else", "endif"));
    Token next = tokens.next();
    List<Statement> otherwise =
        switch (next.text()) {
          case "elif" -> {
            if (++depth > MAX_DEPTH) {
              throw new JinjaException("more than " + MAX_DEPTH + " branches").at(next.line());
            }
            List<Statement> nested = List.of(conditional());
            depth--;
            yield nested;
          }
          case "else" -> body("endif");
          default -> List.of();
        };
    return new Statement.If(condition, then, otherwise);
  }

  private Statement loop(int line) {
    Expression target = target(false);
    tokens.expectName("in");
    Expression items =
        expressions.tuple(false, () -> tokens.is(Kind.BLOCK_END) || tokens.isName("if"));
    Expression filter = tokens.takeName("if") ? expressions.expression() : null;
    boolean recursive = tokens.takeName("recursive");
    endBlock();
    loops++;
    List<Statement> body = statements(Set.of("else", "endfor"));
    loops--;
    boolean otherwise = tokens.next().text().equals("else");
    return new Statement.For(
        target, items, filter, recursive, body, otherwise ? body("endfor") : List.of(), line);
  }

  /** A name, names with commas, or (for set) the attribute of a namespace. */
  private Expression target(boolean attributes) {
    List<Expression> names = new ArrayList<>();
    boolean tuple = false;
    boolean parentheses = tokens.takeOperator("(");
    do {
      if (!tokens.is(Kind.NAME) || tokens.isName("in")) {
        break;
      }
      Token name = tokens.next();
      Expression target = new Expression.Name(name.text(), name.line());
      if (attributes && tokens.takeOperator(".")) {
        Token attribute = tokens.expect(Kind.NAME, "the name of an attribute");
        target = new Expression.Attribute(target, attribute.text(), name.line());
      } else if (tokens.isOperator("(") || tokens.isOperator("[")) {
        throw tokens.unexpected("a name to assign to");
      }
      names.add(target);
      tuple |= tokens.isOperator(",");
    } while (tokens.takeOperator(","));
    if (parentheses) {
      tokens.expectOperator(")");
    }
    if (names.isEmpty()) {
      throw tokens.unexpected("a name to assign to");
    }
    return tuple ? new Expression.TupleDisplay(names) : names.get(0);
  }

  private Statement set(int line) {
    Expression target = target(true);
    if (tokens.takeOperator("=")) {
      Expression value = expressions.tuple(true, () -> tokens.is(Kind.BLOCK_END));
      return new Assign(target, value, line);
    }
    Expression filters = tokens.takeOperator("|") ? expressions.blockFilters() : null;
    return new Statement.AssignBlock(target, filters, body("endset"), line);
  }

  private Statement with() {
    List<Assign> assignments = new ArrayList<>();
    while (!tokens.is(Kind.BLOCK_END)) {
      Token name = tokens.expect(Kind.NAME, "a name");
      tokens.expectOperator("=");
      Expression target = new Expression.Name(name.text(), name.line());
      assignments.add(new Assign(target, expressions.expression(), name.line()));
      if (!tokens.is(Kind.BLOCK_END)) {
        tokens.expectOperator(",");
      }
    }
    return new Statement.With(assignments, body("endwith"));
  }

  private List<Parameter> parameters() {
    List<Parameter> parameters = new ArrayList<>();
    tokens.expectOperator("(");
    while (!tokens.takeOperator(")")) {
      String name = tokens.expect(Kind.NAME, "the name of a parameter").text();
      Expression defaultValue = tokens.takeOperator("=") ? expressions.expression() : null;
      if (defaultValue == null
          && !parameters.isEmpty()
          && parameters.get(parameters.size() - 1).defaultValue() != null) {
        throw new JinjaException("a parameter without default follows one with").at(tokens.line());
      }
      parameters.add(new Parameter(name, defaultValue));
      if (!tokens.isOperator(")")) {
        tokens.expectOperator(",");
      }
    }
    return parameters;
  }

  private Statement.Macro macro() {
    String name = tokens.expect(Kind.NAME, "the name of a macro").text();
    return macroBody(name, parameters(), "endmacro");
  }

  private Statement.Macro macroBody(String name, List<Parameter> parameters, String end) {
    int outerLoops = loops;
    loops = 0;
    int from = tokens.position();
    List<Statement> body = body(end);
    List<Token> inside = all.subList(from, tokens.position());
    loops = outerLoops;
    Traits traits =
        new Traits(
            inside.stream().anyMatch(token -> token.isName("varargs")),
            inside.stream().anyMatch(token -> token.isName("kwargs")),
            inside.stream().anyMatch(token -> token.isName("caller")));
    return new Statement.Macro(name, parameters, body, traits);
  }

  private Statement call(int line) {
    List<Parameter> parameters = tokens.isOperator("(") ? parameters() : List.of();
    Expression called = expressions.expression();
    if (!(called instanceof Expression.Call call)) {
      throw new JinjaException("{% call %} needs the call of a macro").at(line);
    }
    Statement.Macro caller = macroBody("caller", parameters, "endcall");
    Arguments arguments = call.arguments();
    return new Statement.CallBlock(
        caller, new Expression.Call(call.function(), arguments, line), line);
  }
}
