/** Measures whole stages of the engine on a model directory, without Spark. */
package dev.sponge.jobs.bench;
