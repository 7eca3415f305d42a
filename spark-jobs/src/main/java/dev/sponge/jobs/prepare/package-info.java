/** The problems and their tokenizer. */
package dev.sponge.jobs.prepare;
