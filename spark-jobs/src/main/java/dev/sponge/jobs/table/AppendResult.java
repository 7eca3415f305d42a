package dev.sponge.jobs.table;

/**
 * What an append did.
 *
 * @param tableVersion version of the table that holds the rows
 * @param written false if an earlier commit of the same transaction had written the same rows
 */
public record AppendResult(long tableVersion, boolean written) {}
