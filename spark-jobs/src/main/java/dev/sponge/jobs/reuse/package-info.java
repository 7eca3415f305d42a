/** What is done to stored history beside training on it: new verdicts, and recalls. */
package dev.sponge.jobs.reuse;
