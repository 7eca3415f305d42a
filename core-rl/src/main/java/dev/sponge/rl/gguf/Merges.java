package dev.sponge.rl.gguf;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** The merges of a byte-pair encoding, the first to be applied in front. */
final class Merges {
  private static final String MERGES = "tokenizer.ggml.merges";
  private static final String SCORES = "tokenizer.ggml.scores";
  // Trying every cut is quadratic; SentencePiece's longest piece is 16 by default.
  private static final int LONGEST_PIECE = 1024;

  private record Scored(Merge merge, float score, int leftLength, int rightLength) {}

  private Merges() {}

  /**
   * The merges that a file lists.
   *
   * @throws dev.sponge.rl.UserError when there are none or one is not of tokens
   */
  static List<Merge> listed(GgufMetadata metadata, Vocabulary vocabulary) {
    List<String> lines = metadata.texts(MERGES);
    if (lines.isEmpty()) {
      throw metadata.wrong(MERGES, "is missing or empty; convert the file again");
    }
    List<Merge> merges = new ArrayList<>(lines.size());
    for (String line : lines) {
      // The left token may itself be a space.
      int space = line.indexOf(' ', 1);
      Merge merge =
          space < 0 ? null : new Merge(line.substring(0, space), line.substring(space + 1));
      if (merge == null || !isOfTokens(merge, vocabulary.ids())) {
        throw metadata.wrong(MERGES, "has \"" + line + "\", which does not join two tokens");
      }
      merges.add(merge);
    }
    return merges;
  }

  private static boolean isOfTokens(Merge merge, Map<String, Integer> ids) {
    return ids.containsKey(merge.left())
        && ids.containsKey(merge.right())
        && ids.containsKey(merge.left() + merge.right());
  }

  /**
   * The merges that SentencePiece derives from scores: each cut of a token into two, better tokens
   * first (transformers' convert_slow_tokenizer.py, {@code generate_merges}).
   *
   * @throws dev.sponge.rl.UserError when the scores do not fit the tokens
   */
  static List<Merge> scored(GgufMetadata metadata, Vocabulary vocabulary) {
    float[] scores = metadata.reals(SCORES);
    if (scores.length < vocabulary.size()) {
      throw metadata.wrong(
          SCORES, "has " + scores.length + " entries for " + vocabulary.size() + " tokens");
    }
    List<Scored> all = new ArrayList<>();
    for (int id = 0; id < vocabulary.size(); id++) {
      if (vocabulary.kinds().get(id) == Vocabulary.Kind.NORMAL) {
        String token = vocabulary.tokens().get(id);
        if (token.length() > LONGEST_PIECE) {
          throw metadata.wrong(
              Vocabulary.TOKENS, "has a token of " + token.length() + " characters, id " + id);
        }
        for (Merge merge : cuts(token, vocabulary)) {
          all.add(scored(merge, scores[id]));
        }
      }
    }
    all.sort(
        Comparator.comparingDouble(Scored::score)
            .thenComparingInt(Scored::leftLength)
            .thenComparingInt(Scored::rightLength)
            .reversed());
    return all.stream().map(Scored::merge).toList();
  }

  private static Scored scored(Merge merge, float score) {
    return new Scored(merge, score, length(merge.left()), length(merge.right()));
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  private static List<Merge> cuts(String token, Vocabulary vocabulary) {
    List<Merge> cuts = new ArrayList<>();
    for (int at = 1; at < token.length(); at++) {
      if (!Character.isLowSurrogate(token.charAt(at))) {
        Merge cut = new Merge(token.substring(0, at), token.substring(at));
        if (isNormal(cut.left(), vocabulary) && isNormal(cut.right(), vocabulary)) {
          cuts.add(cut);
        }
      }
    }
    Map<String, Integer> ids = vocabulary.ids();
    cuts.sort(
        Comparator.comparingInt((Merge cut) -> ids.get(cut.left()))
            .thenComparingInt(cut -> ids.get(cut.right())));
    return cuts;
  }

  private static boolean isNormal(String token, Vocabulary vocabulary) {
    Integer id = vocabulary.ids().get(token);
    return id != null && vocabulary.kinds().get(id) == Vocabulary.Kind.NORMAL;
  }
}
