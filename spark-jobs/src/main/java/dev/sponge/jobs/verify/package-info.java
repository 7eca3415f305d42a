/** Verdicts on pairs in a file, without Spark and without a model. */
package dev.sponge.jobs.verify;
