/**
 * GGUF files of llama.cpp and their conversion to Hugging Face model directories.
 *
 * <p>Nothing of a file is believed before it is checked, and nothing is allocated for what a header
 * merely claims. Shapes are written as Hugging Face writes them, outermost dimension first; GGUF
 * lists them the other way round.
 */
package dev.sponge.rl.gguf;
