/** Published data sets: their files, rows and fields, read one row at a time. */
package dev.sponge.datasets.imports;
