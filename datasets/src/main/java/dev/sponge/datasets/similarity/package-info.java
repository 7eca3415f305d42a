/**
 * Near-duplicates among prompts: normalised words, shingles, MinHash to find candidates, exact
 * Jaccard similarity to judge them.
 */
package dev.sponge.datasets.similarity;
