package dev.sponge.jobs.cli;

import dev.sponge.jobs.config.SpongeConfig;
import dev.sponge.jobs.report.Console;
import java.nio.file.Path;

/**
 * What a stage is called with.
 *
 * @param work the work directory, absolute; it exists
 * @param config the effective configuration ({@link SpongeConfig#effective()})
 * @param console where the stage reports to the user
 */
public record StageContext(Path work, SpongeConfig config, Console console) {}
