/** Sponge's measures as parts of Spark MLlib pipelines. */
package dev.sponge.jobs.ml;
