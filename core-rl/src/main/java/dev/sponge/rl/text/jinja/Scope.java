package dev.sponge.rl.text.jinja;

import dev.sponge.rl.text.jinja.Values.Undefined;
import java.util.HashMap;
import java.util.Map;

/** Names and their values; inner scopes see outer ones and never change them. */
final class Scope {
  private final Scope parent;
  private final Map<String, Object> values = new HashMap<>();

  Scope(Scope parent) {
    this.parent = parent;
  }

  void set(String name, Object value) {
    values.put(name, value);
  }

  Object get(String name) {
    for (Scope scope = this; scope != null; scope = scope.parent) {
      if (scope.values.containsKey(name)) {
        return scope.values.get(name);
      }
    }
    return new Undefined("'" + name + "'");
  }
}
