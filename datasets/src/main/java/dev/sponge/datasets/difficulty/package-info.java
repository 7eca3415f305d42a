/** How hard prompts are: a model that predicts pass rates from their text, and its calibration. */
package dev.sponge.datasets.difficulty;
