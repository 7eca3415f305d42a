/**
 * Configuration: one typed record per concern, read from HOCON. The records are the schema: a
 * component {@code maxNewTokens} of {@code RolloutConfig} is the key {@code
 * rollout.max_new_tokens}, and {@code sponge-defaults.conf} gives every key its default and its
 * documentation.
 */
package dev.sponge.jobs.config;
