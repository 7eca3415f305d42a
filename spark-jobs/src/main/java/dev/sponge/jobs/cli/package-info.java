/**
 * The command line: one class per subcommand over the {@link dev.sponge.jobs.cli.Stages} that do
 * the work. Nothing here touches Spark, so bad input is refused before Spark is loaded.
 */
package dev.sponge.jobs.cli;
