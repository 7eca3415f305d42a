package dev.sponge.jobs.config;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How an enum constant is written in a config file. */
public interface Choice {
  /** The value of the constant in a config file. */
  String key();

  /**
   * The value of any enum constant in a config file: {@link #key()} if it has one, else its name in
   * lower case with hyphens ({@code TOKEN_MEAN} is {@code token-mean}).
   */
  static String keyOf(Enum<?> constant) {
    return constant instanceof Choice choice
        ? choice.key()
        : constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** All values of an enum type for a message: {@code cpu, gpu, spark}. */
  static String allowed(Class<? extends Enum<?>> type) {
    return Arrays.stream(type.getEnumConstants())
        .map(Choice::keyOf)
        .collect(Collectors.joining(", "));
  }
}
