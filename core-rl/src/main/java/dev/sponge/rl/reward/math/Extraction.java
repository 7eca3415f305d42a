package dev.sponge.rl.reward.math;

import dev.sponge.rl.reward.math.Boxes.Box;
import dev.sponge.rl.reward.math.Formulas.Formula;
import dev.sponge.rl.reward.math.PlainNumbers.Run;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds what may be the answer in a response. Looks at its end only, in time linear in what it
 * looks at; what is too long is passed on cut but still too long, so that it ends as a limit.
 */
final class Extraction {
  /** How much of a response is looked at, characters from its end. */
  static final int TAIL = 24 * 1024;

  private static final int NEAR = 10;
  private static final int NEAR_WITH_SEPARATOR = 70;
  private static final int JOINED_FORMULAS = 6;
  private static final int TRIES_PER_ANCHOR = 3;

  private Extraction() {}

  /** Where an answer may stand. */
  enum Mode {
    /** In the only box; several boxes must say the same, and none may be open. */
    ONLY_BOX,
    /** In the last box. */
    BOXED,
    /** In the last boxes, or behind "final answer is" or "answer:". */
    ANCHORED,
    /** Or else in the last formula or number. */
    ANY
  }

  /** A phrase in front of an answer, and how far behind it the answer may begin. */
  private enum Anchor {
    FINAL_ANSWER("final answer", 100),
    ANSWER_COLON("answer:", 50),
    ANSWER("answer", 50);

    final String words;
    final int reach;

    Anchor(String words, int reach) {
      this.words = words;
      this.reach = reach;
    }
  }

  /** The part of a response that is looked at. */
  static String tail(String text) {
    return text.length() <= TAIL ? text : text.substring(text.length() - TAIL);
  }

  /** What may be the answer, the best first; empty if there is nothing. */
  static List<String> candidates(String response, Mode mode) {
    String text = tail(response);
    List<Box> boxes = Boxes.of(text);
    return switch (mode) {
      case ONLY_BOX -> onlyBox(boxes);
      case BOXED -> lastBox(boxes);
      case ANCHORED, ANY -> {
        Set<String> found = new LinkedHashSet<>();
        addBoxes(text, boxes, found);
        List<Formula> formulas = Formulas.of(text);
        List<Run> runs = PlainNumbers.of(text);
        addAnchored(text, formulas, runs, found);
        if (mode == Mode.ANY) {
          addLast(text, formulas, runs, found);
        }
        found.remove("");
        yield List.copyOf(found);
      }
    };
  }

  private static List<String> onlyBox(List<Box> boxes) {
    Set<String> contents = new LinkedHashSet<>();
    for (Box box : boxes) {
      if (box.end() == Boxes.End.OPEN) {
        return List.of();
      }
      contents.add(box.content());
    }
    return contents.size() == 1 ? List.copyOf(contents) : List.of();
  }

  private static List<String> lastBox(List<Box> boxes) {
    if (boxes.isEmpty() || boxes.get(boxes.size() - 1).end() == Boxes.End.OPEN) {
      return List.of();
    }
    return List.of(boxes.get(boxes.size() - 1).content());
  }

  /** The last boxes that belong together, joined by commas, then the last one alone. */
  private static void addBoxes(String text, List<Box> boxes, Set<String> found) {
    List<Box> ended = boxes.stream().filter(b -> b.end() != Boxes.End.OPEN).toList();
    if (ended.isEmpty()) {
      return;
    }
    Box last = ended.get(ended.size() - 1);
    StringBuilder joined = new StringBuilder(last.content());
    Box first = last;
    for (int i = ended.size() - 2; i >= 0; i--) {
      Box before = ended.get(i);
      if (before.next() > first.start()) {
        continue; // the box around this one
      }
      if (!belongTogether(text, before, first)) {
        break;
      }
      if (!before.content().equals(first.content())) {
        joined.insert(0, before.content() + ", ");
      }
      first = before;
    }
    found.add(cut(joined.toString()));
    found.add(last.content());
  }

  private static boolean belongTogether(String text, Box before, Box after) {
    int apart = after.start() - before.next();
    if (apart < NEAR) {
      return true;
    }
    return apart < NEAR_WITH_SEPARATOR
        && !before.content().equals(after.content())
        && separates(text.substring(before.next(), after.start()));
  }

  private static boolean separates(String between) {
    return between.indexOf(',') >= 0
        || between.indexOf(';') >= 0
        || hasWord(between, "and")
        || hasWord(between, "or");
  }

  private static boolean hasWord(String text, String word) {
    for (int at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
      int next = at + word.length();
      boolean starts = at == 0 || !Character.isLetterOrDigit(text.charAt(at - 1));
      if (starts && (next == text.length() || !Character.isLetterOrDigit(text.charAt(next)))) {
        return true;
      }
    }
    return false;
  }

  private static void addAnchored(
      String text, List<Formula> formulas, List<Run> runs, Set<String> found) {
    String folded = asciiLowerCase(text);
    for (Anchor anchor : Anchor.values()) {
      int at = folded.lastIndexOf(anchor.words);
      for (int tries = 0; at >= 0 && tries < TRIES_PER_ANCHOR; tries++) {
        int from = at + anchor.words.length();
        String answer = behind(text, from, from + anchor.reach, formulas, runs);
        if (!answer.isEmpty()) {
          found.add(answer);
          break;
        }
        at = folded.lastIndexOf(anchor.words, at - 1);
      }
    }
  }

  /** The first formula, or else the first number, that begins within a stretch. */
  private static String behind(
      String text, int from, int to, List<Formula> formulas, List<Run> runs) {
    for (int i = 0; i < formulas.size(); i++) {
      if (formulas.get(i).start() >= from && formulas.get(i).start() <= to) {
        int last = i;
        while (last + 1 < formulas.size()
            && last - i + 1 < JOINED_FORMULAS
            && joins(text, formulas.get(last), formulas.get(last + 1))) {
          last++;
        }
        return joined(text, formulas.subList(i, last + 1));
      }
    }
    return runs.stream()
        .filter(run -> run.start() >= from && run.start() <= to)
        .findFirst()
        .map(Run::text)
        .orElse("");
  }

  /** The last formula and the last number, whichever ends later first. */
  private static void addLast(
      String text, List<Formula> formulas, List<Run> runs, Set<String> found) {
    Formula formula = formulas.isEmpty() ? null : formulas.get(formulas.size() - 1);
    Run run = runs.isEmpty() ? null : runs.get(runs.size() - 1);
    boolean runFirst = run != null && (formula == null || run.start() >= formula.next());
    if (runFirst) {
      addRun(run, found);
    }
    if (formula != null) {
      int first = formulas.size() - 1;
      while (first > 0
          && formulas.size() - first < JOINED_FORMULAS
          && joins(text, formulas.get(first - 1), formulas.get(first))) {
        first--;
      }
      found.add(joined(text, formulas.subList(first, formulas.size())));
    }
    if (run != null && !runFirst) {
      addRun(run, found);
    }
  }

  private static void addRun(Run run, Set<String> found) {
    found.add(run.text());
    found.add(run.lastNumber());
  }

  /** Whether only a comma, "and" or "or" stands between two formulas. */
  private static boolean joins(String text, Formula before, Formula after) {
    if (after.start() - before.next() > NEAR) {
      return false;
    }
    String between = text.substring(before.next(), after.start()).strip();
    return switch (between) {
      case ",", "and", ", and", ",and", "or", ", or", ",or" -> true;
      default -> false;
    };
  }

  private static String joined(String text, List<Formula> formulas) {
    StringBuilder joined = new StringBuilder();
    for (Formula formula : formulas) {
      joined.append(joined.isEmpty() ? "" : ", ").append(formula.content());
      if (PlainNumbers.percentAt(text, formula.next()) > formula.next()) {
        joined.append("\\%");
      }
    }
    return cut(joined.toString());
  }

  private static String cut(String text) {
    return text.length() <= Boxes.LONGEST ? text : text.substring(0, Boxes.LONGEST + 1);
  }

  /** Lower case of the same length, whatever letters other scripts have. */
  private static String asciiLowerCase(String text) {
    char[] chars = text.toCharArray();
    for (int i = 0; i < chars.length; i++) {
      if (chars[i] >= 'A' && chars[i] <= 'Z') {
        chars[i] = (char) (chars[i] + 'a' - 'A');
      }
    }
    return new String(chars);
  }
}
