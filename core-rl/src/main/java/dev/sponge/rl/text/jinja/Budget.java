package dev.sponge.rl.text.jinja;

/** What one rendering may cost; whatever a template does, it ends within this. */
final class Budget {
  private static final long MAX_STEPS = 2_000_000;
  private static final long MAX_SIZE = 20_000_000;
  private static final int MAX_DEPTH = 400;

  private long steps;
  private long made;
  private int depth;

  void step() {
    if (++steps > MAX_STEPS) {
      throw new JinjaException("the template does not end within " + MAX_STEPS + " steps");
    }
  }

  /** Refuses a size before memory is taken for it. */
  void fits(long size) {
    if (size > MAX_SIZE - made) {
      throw new JinjaException(
          "the template makes more than " + MAX_SIZE + " characters and items in all");
    }
  }

  /** Counts the size of a new value. */
  <T> T made(T value) {
    long size =
        value instanceof String text
            ? text.length()
            : value instanceof java.util.List<?> list ? list.size() : 1;
    fits(size);
    made += size;
    return value;
  }

  void enter() {
    step();
    if (++depth > MAX_DEPTH) {
      throw new JinjaException("the template recurses deeper than " + MAX_DEPTH);
    }
  }

  void leave() {
    depth--;
  }
}
