package dev.sponge.datasets.imports;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.sponge.datasets.Problem;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The published shapes of problems with answers. The first that a row fits is the likeliest. */
public enum DatasetFormat {
  /** What verl trains on: messages, and the answer within reward_model. */
  VERL(
      Home.given(),
      new FieldNames(
          List.of("prompt"),
          List.of("reward_model.ground_truth"),
          List.of("extra_info.index"),
          List.of("extra_info.difficulty"),
          List.of("ability")),
      GoldAnswers::accepted),
  /** GSM8K: the answer stands after four hashes. */
  GSM8K(
      Home.of("gsm8k", Problem.TRAIN),
      new FieldNames(
          List.of("question", "problem"), List.of("answer"), List.of("id"), List.of(), List.of()),
      GoldAnswers::afterHashes),
  /** OlympiadBench: a list of one text, whose parts all belong to the answer. */
  OLYMPIADBENCH(
      Home.of("olympiadbench", Problem.TEST),
      new FieldNames(
          List.of("question", "problem"),
          List.of("final_answer", "answer"),
          List.of("id"),
          List.of("difficulty"),
          List.of("subfield")),
      GoldAnswers::parts),
  /** Minerva: a list of accepted answers. */
  MINERVA(
      Home.of("minerva", Problem.TEST),
      new FieldNames(
          List.of("problem", "question"),
          List.of("answer"),
          List.of("idx", "id"),
          List.of("difficulty"),
          List.of("type", "subject")),
      GoldAnswers::accepted),
  /** AIME: an integer from 0 to 999. */
  AIME(
      Home.of("aime24", Problem.TEST),
      new FieldNames(
          List.of("problem", "question"),
          List.of("answer"),
          List.of("id", "url"),
          List.of("difficulty"),
          List.of("subject")),
      GoldAnswers::integer),
  /** AMC: a number, often written as a double. */
  AMC(
      Home.of("amc23", Problem.TEST),
      new FieldNames(
          List.of("problem", "question"),
          List.of("answer"),
          List.of("id", "url"),
          List.of("difficulty"),
          List.of("subject")),
      GoldAnswers::numeric),
  /** DeepScaleR-Preview: problem, answer and solution. */
  DEEPSCALER(
      Home.of("deepscaler", Problem.TRAIN),
      new FieldNames(
          List.of("problem"), List.of("answer"), List.of("id"), List.of("difficulty"), List.of()),
      GoldAnswers::plain),
  /** MATH with answers, as MATH500 has them too; or the answer in the last box of the solution. */
  MATH(
      Home.of("math", Problem.TRAIN),
      new FieldNames(
          List.of("problem"),
          List.of("answer", "solution"),
          List.of("unique_id", "id"),
          List.of("difficulty", "level"),
          List.of("subject", "type")),
      GoldAnswers::plain),
  /** A problem and an answer under usual names. */
  GENERIC(
      Home.given(),
      new FieldNames(
          List.of("problem", "question", "prompt"),
          List.of("answer", "final_answer", "ground_truth", "gold", "solution"),
          List.of("unique_id", "id", "idx", "uid"),
          List.of("difficulty", "level"),
          List.of("subject", "subfield", "type")),
      GoldAnswers::accepted);

  /**
   * Where the prompts go unless the user says so.
   *
   * @param source empty where rows or file names tell
   */
  record Home(Optional<String> source, String split) {
    static Home of(String source, String split) {
      return new Home(Optional.of(source), split);
    }

    static Home given() {
      return new Home(Optional.empty(), Problem.TRAIN);
    }
  }

  /** Takes the gold answer out of the value of the answer's field. */
  interface GoldRule {
    String gold(JsonElement answer) throws RowRejected;
  }

  private static final String SOLUTION = "solution";

  private final Home home;
  private final FieldNames names;
  private final GoldRule rule;

  DatasetFormat(Home home, FieldNames names, GoldRule rule) {
    this.home = home;
    this.names = names;
    this.rule = rule;
  }

  /** How the command line names it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The data set's usual name; empty where the format is that of many. */
  public Optional<String> source() {
    return home.source();
  }

  public String split() {
    return home.split();
  }

  FieldNames names() {
    return names;
  }

  /** Whether gold answers are mathematics, and must be understood as such. */
  public boolean isMath() {
    return switch (this) {
      case VERL, GENERIC -> false;
      case GSM8K, OLYMPIADBENCH, MINERVA, AIME, AMC, DEEPSCALER, MATH -> true;
    };
  }

  /** The fields that a row must have, in words. */
  public String needs() {
    return switch (this) {
      case VERL -> "prompt (a list of messages) and reward_model.ground_truth";
      case GSM8K -> "question, and an answer with a line '#### 42'";
      case OLYMPIADBENCH -> "problem or question, and answer or final_answer, a list of texts";
      case MINERVA -> "problem, and answer, a list of accepted texts";
      case AIME -> "problem, and answer, an integer from 0 to 999";
      case AMC -> "problem, and answer, a number";
      case DEEPSCALER -> "problem, answer (a text) and solution";
      case MATH -> "problem, and answer (a text) or solution (with a \\boxed{...})";
      case GENERIC -> "problem, question or prompt, and answer or final_answer (see --fields)";
    };
  }

  /** Whether a row has the fields of this format, with values of its types; null fits any. */
  public boolean fits(JsonObject row, FieldNames fields) {
    if (FieldNames.present(row, fields.problem()).isEmpty()) {
      return false;
    }
    Optional<String> name = FieldNames.present(row, fields.answer());
    if (name.isEmpty()) {
      return false;
    }
    JsonElement answer = FieldNames.value(row, name.get());
    boolean list = answer.isJsonArray();
    String text = answer.isJsonPrimitive() ? answer.getAsString() : "";
    return switch (this) {
      case VERL -> row.has("reward_model") && row.get("prompt").isJsonArray();
      case GSM8K -> answer.isJsonNull() || GoldAnswers.hasHashes(text);
      case OLYMPIADBENCH -> list && (row.has("subfield") || row.has("final_answer"));
      case MINERVA -> list && !row.has("subfield");
      case AIME -> answer.isJsonNull() || text.strip().matches("\\d{1,3}");
      case AMC -> answer.isJsonNull() || text.strip().matches("-?\\d+(\\.\\d+)?");
      case DEEPSCALER -> !list && row.has(SOLUTION) && !GoldAnswers.hasHashes(text);
      case MATH -> !list && !answer.isJsonObject() && !GoldAnswers.hasHashes(text);
      case GENERIC -> !answer.isJsonObject();
    };
  }

  /** The likeliest format of a row; empty if none fits. */
  public static Optional<DatasetFormat> of(JsonObject row) {
    return Arrays.stream(values()).filter(format -> format.fits(row, format.names)).findFirst();
  }

  /**
   * The gold answer of a row.
   *
   * @param field of the answer
   */
  String gold(JsonObject row, String field) throws RowRejected {
    JsonElement answer = FieldNames.value(row, field);
    if (field.equals(SOLUTION) && (this == MATH || this == GENERIC)) {
      return answer.isJsonPrimitive() && GoldAnswers.hasHashes(answer.getAsString())
          ? GoldAnswers.afterHashes(answer)
          : GoldAnswers.lastBox(answer);
    }
    if (this == GENERIC && answer.isJsonPrimitive()) {
      String text = answer.getAsString();
      return GoldAnswers.hasHashes(text) ? GoldAnswers.afterHashes(answer) : rule.gold(answer);
    }
    return rule.gold(answer);
  }
}
