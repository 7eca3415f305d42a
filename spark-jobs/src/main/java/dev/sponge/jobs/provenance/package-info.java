/** Where policies and gradient steps come from, read from the tables. */
package dev.sponge.jobs.provenance;
