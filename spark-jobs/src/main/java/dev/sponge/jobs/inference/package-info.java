/** What a model directory says and scores, without Spark and without tables. */
package dev.sponge.jobs.inference;
