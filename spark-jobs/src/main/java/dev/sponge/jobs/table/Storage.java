package dev.sponge.jobs.table;

import io.delta.kernel.engine.Engine;
import org.apache.spark.sql.SparkSession;

/**
 * Where the tables of a lakehouse lie and how they are reached.
 *
 * @param tables directory of the tables
 * @param engine file access of Delta Kernel, shared by the tables
 */
record Storage(SparkSession spark, String tables, Engine engine) {}
