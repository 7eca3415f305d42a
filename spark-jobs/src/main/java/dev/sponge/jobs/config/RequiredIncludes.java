package dev.sponge.jobs.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseable;
import dev.sponge.rl.UserError;
import java.nio.file.Path;

/**
 * Reads what {@code include "file"} names. The library's own reading skips a file that is missing,
 * and a run would go on with defaults.
 *
 * @param top the file that was asked for, for messages
 */
record RequiredIncludes(Path top) implements ConfigIncluder {
  @Override
  public ConfigIncluder withFallback(ConfigIncluder fallback) {
    return this;
  }

  @Override
  public ConfigObject include(ConfigIncludeContext context, String what) {
    ConfigParseable file = context.relativeTo(what);
    try {
      if (file != null) {
        return file.parse(context.parseOptions().setAllowMissing(false));
      }
    } catch (ConfigException.IO e) {
      throw missing(what, e);
    }
    throw missing(what, null);
  }

  private UserError missing(String what, ConfigException cause) {
    return new UserError(
        "The config file "
            + top
            + " includes \""
            + what
            + "\", which cannot be read; paths count from the file that includes.",
        cause);
  }
}
