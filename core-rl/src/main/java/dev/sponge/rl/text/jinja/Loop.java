package dev.sponge.rl.text.jinja;

import dev.sponge.rl.text.jinja.Values.Call;
import dev.sponge.rl.text.jinja.Values.Function;
import dev.sponge.rl.text.jinja.Values.Undefined;
import java.util.List;

/** The variable {@code loop}. */
final class Loop implements Function {
  private final List<Object> items;
  private final int depth;
  private final Function recursion;
  private final Budget budget;
  private int index;
  private List<Object> lastChanged;

  /**
   * @param recursion what {@code loop(...)} does
   */
  Loop(List<Object> items, int depth, Function recursion, Budget budget) {
    this.items = items;
    this.depth = depth;
    this.recursion = recursion;
    this.budget = budget;
  }

  void moveTo(int newIndex) {
    index = newIndex;
  }

  Object attribute(String name) {
    long size = items.size();
    return switch (name) {
      case "index" -> index + 1L;
      case "index0" -> (long) index;
      case "revindex" -> size - index;
      case "revindex0" -> size - index - 1;
      case "first" -> index == 0;
      case "last" -> index == size - 1;
      case "length" -> size;
      case "depth" -> depth + 1L;
      case "depth0" -> (long) depth;
      case "previtem" ->
          index > 0 ? items.get(index - 1) : new Undefined("there is no previous item");
      case "nextitem" ->
          index + 1 < size ? items.get(index + 1) : new Undefined("there is no next item");
      case "cycle" -> (Function) this::cycle;
      case "changed" -> (Function) this::changed;
      default -> new Undefined("attribute '" + name + "' of loop");
    };
  }

  private Object cycle(Call call) {
    if (call.positional().isEmpty()) {
      throw new JinjaException("no items for cycling given");
    }
    return call.positional().get(index % call.positional().size());
  }

  private Object changed(Call call) {
    boolean changed = lastChanged == null || !PyOrder.equal(lastChanged, call.positional(), budget);
    lastChanged = call.positional();
    return changed;
  }

  @Override
  public Object call(Call call) {
    return recursion.call(call);
  }
}
