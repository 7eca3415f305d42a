/**
 * The Jinja language as chat templates use it, with the results of Jinja 3.1 in the sandbox of
 * transformers: trim_blocks, lstrip_blocks, loop controls, Python's text of values.
 *
 * <p>A template reaches the values it is given and nothing else. What is not supported fails, so
 * that no template gives another text here than there.
 */
package dev.sponge.rl.text.jinja;
