package dev.sponge.jobs.cli;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.report.Console;
import java.nio.file.Path;

/**
 * What a stage is called with.
 *
 * @param place the work directory
 * @param config the effective configuration ({@link SpongeConfig#effective()})
 * @param console where the stage reports to the user
 */
public record StageContext(WorkPlace place, SpongeConfig config, Console console) {
  /** Over a local work directory, absolute; it exists. */
  public StageContext(Path work, SpongeConfig config, Console console) {
    this(WorkPlace.local(work), config, console);
  }

  /** The local directory: all of a local work directory, logs and caches of a remote one. */
  public Path work() {
    return place.local();
  }
}
