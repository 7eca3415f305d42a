package dev.sponge.jobs.exchange;

import java.util.List;
import org.apache.spark.sql.Row;

/**
 * A completion as another tool logged it; what that tool does not log is null.
 *
 * @param policyVersion of the policy that sampled it
 * @param prompt text
 * @param promptIds (P) token ids
 * @param answer gold answer
 * @param response text
 * @param responseIds (C) token ids
 * @param logprobs (C) of the tokens under the sampling distribution
 * @param keptLogmass (C) as in table rollouts
 * @param finishReason stop or length
 * @param temperature of the sampler
 * @param score reward of the other tool
 */
// Token arrays stay primitive; rows are never compared.
@SuppressWarnings("ArrayRecordComponent")
record LoggedCompletion(
    int policyVersion,
    String prompt,
    int[] promptIds,
    String answer,
    String response,
    int[] responseIds,
    float[] logprobs,
    float[] keptLogmass,
    String finishReason,
    Double temperature,
    Double score) {

  /** A row of {@link CompletionLog#COLUMNS}. */
  static LoggedCompletion of(Row row) {
    return new LoggedCompletion(
        row.getInt(row.fieldIndex("policy_version")),
        row.getString(row.fieldIndex("prompt")),
        ints(row, "prompt_ids"),
        row.getString(row.fieldIndex("answer")),
        row.getString(row.fieldIndex("response")),
        ints(row, "response_ids"),
        floats(row, "logprobs"),
        floats(row, "kept_logmass"),
        row.getString(row.fieldIndex("finish_reason")),
        row.getAs("temperature"),
        row.getAs("score"));
  }

  private static int[] ints(Row row, String column) {
    int index = row.fieldIndex(column);
    if (row.isNullAt(index)) {
      return null;
    }
    List<Integer> values = row.getList(index);
    return values.stream().mapToInt(Integer::intValue).toArray();
  }

  private static float[] floats(Row row, String column) {
    int index = row.fieldIndex(column);
    if (row.isNullAt(index)) {
      return null;
    }
    List<Float> values = row.getList(index);
    float[] result = new float[values.size()];
    for (int i = 0; i < result.length; i++) {
      result[i] = values.get(i);
    }
    return result;
  }
}
