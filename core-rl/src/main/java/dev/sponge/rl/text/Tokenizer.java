package dev.sponge.rl.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.sponge.rl.SpongeException;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * A Hugging Face tokenizer ({@code tokenizer.json} with {@code tokenizer_config.json}), run
 * offline.
 *
 * <p>Encoding never adds, cuts or pads: the ids are those of the text and nothing else. Thread-safe
 * until closed.
 */
public final class Tokenizer implements AutoCloseable {
  /** Vocabulary, rules and decoder. */
  public static final String FILE_NAME = "tokenizer.json";

  /** Names the special tokens. */
  public static final String CONFIG_FILE_NAME = "tokenizer_config.json";

  // DJL pads to the longest and cuts at 512 tokens unless told otherwise.
  private static final Map<String, String> OPTIONS =
      Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");

  private final HuggingFaceTokenizer tokenizer;
  private final int eosId;
  private final int padId;
  private final int vocabSize;

  private Tokenizer(HuggingFaceTokenizer tokenizer, int eosId, int padId, int vocabSize) {
    this.tokenizer = tokenizer;
    this.eosId = eosId;
    this.padId = padId;
    this.vocabSize = vocabSize;
  }

  /**
   * Loads {@code tokenizer.json} and {@code tokenizer_config.json} of a directory.
   *
   * @throws UserError when a file is missing or broken, or {@code eos_token} or {@code pad_token}
   *     is not set or not in the vocabulary
   */
  public static Tokenizer load(Path dir) {
    // DJL reports each tokenizer it creates to its authors unless these are set.
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    Path file = dir.resolve(FILE_NAME);
    TokenizerFiles files = TokenizerFiles.read(file, dir.resolve(CONFIG_FILE_NAME));
    int eosId = files.specialTokenId("eos_token");
    int padId = files.specialTokenId("pad_token");
    try {
      return new Tokenizer(
          HuggingFaceTokenizer.newInstance(file, OPTIONS), eosId, padId, files.vocabSize());
    } catch (IOException e) {
      throw new SpongeException("cannot read " + file + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      throw new UserError(
          file + " is not a tokenizer that can be used: " + e.getMessage() + "; save it again", e);
    }
  }

  /**
   * Ids of a text, without any special token that the text does not spell out.
   *
   * @return (T), empty for the empty text
   */
  public int[] encode(String text) {
    return encode(text, false);
  }

  /**
   * Ids of a text with the special tokens that the tokenizer itself puts around texts, such as BOS:
   * what {@code tokenizer(text)} of transformers gives. For raw prompts; the text of a chat
   * template spells its special tokens and takes {@link #encode(String)}.
   *
   * @return (T)
   */
  public int[] encodePlain(String text) {
    return encode(text, true);
  }

  private int[] encode(String text, boolean addSpecialTokens) {
    long[] ids = tokenizer.encode(text, addSpecialTokens, false).getIds();
    int[] result = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      result[i] = Math.toIntExact(ids[i]);
    }
    return result;
  }

  /**
   * Text of ids; special tokens (EOS, PAD) and ids beyond the vocabulary give no text. A model
   * whose embedding has more rows than the vocabulary may sample the latter.
   *
   * @param ids (T), none negative
   * @throws IllegalArgumentException when an id is negative
   */
  public String decode(int[] ids) {
    if (ids.length == 0) {
      return "";
    }
    long[] wide = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0) {
        throw new IllegalArgumentException(
            "token id " + ids[i] + " at position " + i + " is negative");
      }
      wide[i] = ids[i];
    }
    return tokenizer.decode(wide, true);
  }

  /** Id of {@code eos_token}, which ends a response. */
  public int eosId() {
    return eosId;
  }

  /** Id of {@code pad_token}, which fills batches. */
  public int padId() {
    return padId;
  }

  /** One more than the largest id, added tokens included: the rows an embedding needs. */
  public int vocabSize() {
    return vocabSize;
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
