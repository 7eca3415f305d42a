package dev.sponge.jobs.report;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;

/** How a command prints its tables. */
public enum OutputFormat {
  /** For a terminal. */
  TEXT,
  /** For a paper or an issue. */
  MARKDOWN,
  /** For programs. */
  JSON;

  private static final Gson GSON =
      new GsonBuilder()
          .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
          .setPrettyPrinting()
          .create();

  /** Records as JSON, their components in snake case. */
  static String json(Object records) {
    return GSON.toJson(records);
  }
}
