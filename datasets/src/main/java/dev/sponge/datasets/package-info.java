/**
 * Prompt schema and data sets. The synthetic math task comes with its generator, its demonstrations
 * and its tokenizer; everything is a pure function of the settings and their seed.
 */
package dev.sponge.datasets;
