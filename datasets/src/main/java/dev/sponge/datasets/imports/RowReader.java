package dev.sponge.datasets.imports;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.sponge.datasets.Problem;
import dev.sponge.datasets.RejectionReason;
import dev.sponge.rl.UserError;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes prompts of rows by the rules of one format. */
public final class RowReader {
  /** Characters of a problem. */
  static final int LONGEST_PROBLEM = 100_000;

  /** Characters of a gold answer. */
  static final int LONGEST_GOLD = 10_000;

  private static final Gson JSON =
      new GsonBuilder().disableHtmlEscaping().serializeNulls().create();
  private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?");
  private static final Set<String> SPLITS = Set.of(Problem.TRAIN, Problem.TEST);
  private static final String MATH500 = "math500";

  private final DatasetFormat format;
  private final FieldNames names;
  private final GoldCheck check;

  /** What a gold answer must stand. */
  public interface GoldCheck {
    /**
     * @throws UserError if the answer is not understood
     */
    void check(String gold);
  }

  /**
   * @param fields names of fields by what they hold, where they are others than the format's
   * @param check of the gold answers
   */
  public RowReader(DatasetFormat format, Map<String, String> fields, GoldCheck check) {
    this.format = format;
    this.names = format.names().with(fields);
    this.check = check;
  }

  /** Whether the row has the fields of the format. */
  public boolean fits(JsonObject row) {
    return format.fits(row, names);
  }

  /** What a row of this reader must have, in words. */
  public String needs() {
    return names.equals(format.names())
        ? format.needs()
        : "one of %s for the problem and one of %s for the answer (--fields)"
            .formatted(names.problem(), names.answer());
  }

  /**
   * Makes a prompt of a row.
   *
   * @throws RowRejected if it cannot be one
   */
  public ImportedPrompt read(JsonObject row) throws RowRejected {
    String problemField = field(row, names.problem(), "problem");
    Text problem = problem(row, problemField);
    String answerField = field(row, names.answer(), "answer");
    String gold = gold(row, answerField);
    Optional<String> idField = FieldNames.present(row, names.id());
    Optional<String> difficultyField =
        FieldNames.present(row, names.difficulty()).filter(f -> number(row, f).isPresent());
    Optional<String> subjectField =
        FieldNames.present(row, names.subject()).filter(f -> text(row, f).isPresent());
    Set<String> used = new HashSet<>(Set.of(problemField, answerField));
    idField.ifPresent(used::add);
    difficultyField.ifPresent(used::add);
    subjectField.ifPresent(used::add);
    Optional<String> id = idField.flatMap(f -> text(row, f));
    return new ImportedPrompt(
        source(row, id),
        split(row, id),
        problem.text(),
        gold,
        id,
        difficultyField.flatMap(f -> number(row, f)),
        subjectField.flatMap(f -> text(row, f)),
        metadata(row, used, answerField, problem.system()));
  }

  private Optional<String> source(JsonObject row, Optional<String> id) {
    return switch (format) {
      case VERL -> text(row, "data_source");
      case MATH -> isOfMath500(id) ? Optional.of(MATH500) : Optional.empty();
      default -> Optional.empty();
    };
  }

  private Optional<String> split(JsonObject row, Optional<String> id) {
    return switch (format) {
      case VERL -> text(row, "extra_info.split").filter(SPLITS::contains);
      case MATH -> isOfMath500(id) ? Optional.of(Problem.TEST) : Optional.empty();
      default -> Optional.empty();
    };
  }

  /** MATH500 names the files of MATH's test split that its problems come from. */
  private static boolean isOfMath500(Optional<String> id) {
    return id.filter(name -> name.startsWith("test/")).isPresent();
  }

  private static String field(JsonObject row, List<String> wanted, String role) throws RowRejected {
    Optional<String> field = FieldNames.present(row, wanted);
    if (field.isEmpty()) {
      throw new RowRejected(
          RejectionReason.MISSING_FIELD,
          "the row has no %s (%s); it has %s"
              .formatted(
                  role,
                  String.join(" or ", wanted),
                  GoldAnswers.shortened(String.join(", ", row.keySet()))));
    }
    return field.get();
  }

  /**
   * @param system what a chat says before the problem; empty without
   */
  private record Text(String text, Optional<String> system) {}

  private static Text problem(JsonObject row, String field) throws RowRejected {
    JsonElement value = FieldNames.value(row, field);
    Text problem =
        value instanceof JsonArray messages
            ? fromChat(messages, field)
            : new Text(text(row, field).orElse(""), Optional.empty());
    if (problem.text().isBlank()) {
      throw new RowRejected(
          RejectionReason.MISSING_FIELD, "field %s is empty or no text".formatted(field));
    }
    if (problem.text().length() > LONGEST_PROBLEM) {
      throw new RowRejected(
          RejectionReason.TOO_LONG,
          "the problem has %d characters, more than %d"
              .formatted(problem.text().length(), LONGEST_PROBLEM));
    }
    requireWhole(problem.text(), field);
    return new Text(problem.text().strip(), problem.system());
  }

  /** A question of one turn: the user's last message. */
  private static Text fromChat(JsonArray messages, String field) throws RowRejected {
    Optional<String> system = Optional.empty();
    String user = "";
    for (JsonElement message : messages) {
      if (message instanceof JsonObject turn) {
        String role = text(turn, "role").orElse("");
        String content = text(turn, "content").orElse("");
        if (role.equals("system")) {
          system = Optional.of(content);
        } else if (role.equals("user") && user.isEmpty()) {
          user = content;
        } else {
          throw new RowRejected(
              RejectionReason.MISSING_FIELD,
              "field %s has a turn of '%s'; a prompt is one question of a user"
                  .formatted(field, GoldAnswers.shortened(role)));
        }
      }
    }
    return new Text(user, system);
  }

  private String gold(JsonObject row, String field) throws RowRejected {
    String gold = format.gold(row, field);
    if (gold.length() > LONGEST_GOLD) {
      throw new RowRejected(
          RejectionReason.TOO_LONG,
          "the answer has %d characters, more than %d".formatted(gold.length(), LONGEST_GOLD));
    }
    requireWhole(gold, field);
    try {
      check.check(gold);
    } catch (UserError e) {
      throw new RowRejected(RejectionReason.UNPARSED_GOLD, e.getMessage());
    }
    return gold;
  }

  /** JSON can spell half of a character, which no file can keep. */
  private static void requireWhole(String text, String field) throws RowRejected {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw new RowRejected(
            RejectionReason.WRONG_ENCODING,
            "field %s holds half of a character (\\u%04x)".formatted(field, (int) c));
      }
    }
  }

  private static Optional<String> text(JsonObject row, String field) {
    JsonElement value = FieldNames.value(row, field);
    return value instanceof JsonPrimitive primitive
        ? Optional.of(primitive.getAsString())
        : Optional.empty();
  }

  /** A number, or the number in a text such as {@code Level 5}. */
  private static Optional<Double> number(JsonObject row, String field) {
    return text(row, field)
        .map(NUMBER::matcher)
        .filter(Matcher::find)
        .map(found -> Double.valueOf(found.group()))
        .filter(Double::isFinite);
  }

  private Optional<String> metadata(
      JsonObject row, Set<String> used, String answerField, Optional<String> system) {
    JsonObject rest = new JsonObject();
    row.entrySet().stream()
        .filter(entry -> !used.contains(entry.getKey()) && !entry.getValue().isJsonNull())
        .forEach(entry -> rest.add(entry.getKey(), entry.getValue()));
    JsonElement answer = FieldNames.value(row, answerField);
    boolean worked =
        answer instanceof JsonPrimitive primitive
            && (answerField.equals("solution") || GoldAnswers.hasHashes(primitive.getAsString()));
    if (worked) {
      rest.addProperty("solution", GoldAnswers.withoutCalculator(answer.getAsString()));
    }
    system.ifPresent(text -> rest.addProperty("system", text));
    return rest.isEmpty() ? Optional.empty() : Optional.of(JSON.toJson(rest));
  }
}
