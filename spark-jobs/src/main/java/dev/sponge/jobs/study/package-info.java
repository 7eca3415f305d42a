/**
 * {@code sponge study}: variants x seeds over one work directory, their curves, and what can be
 * said of them.
 */
package dev.sponge.jobs.study;
