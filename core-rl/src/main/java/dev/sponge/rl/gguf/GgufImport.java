package dev.sponge.rl.gguf;

import dev.sponge.rl.UserError;
import dev.sponge.rl.model.ModelFiles;
import dev.sponge.rl.model.TensorSource;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;

/**
 * Turns a GGUF file into a Hugging Face model directory in float32.
 *
 * <p>The weights are what llama.cpp computes with, to the bit; memory beside the page cache is that
 * of the largest tensor in float32.
 */
public final class GgufImport {
  // Where transformers cuts by default.
  private static final long MAX_SHARD_BYTES = 5_000_000_000L;

  // The tokenizer's files, and what the collector needs to breathe.
  private static final long RESERVED_BYTES = 64L << 20;

  /**
   * What was imported.
   *
   * @param architecture {@code model_type} of the directory
   * @param types tensor types of the file, in alphabetical order
   * @param parameters weights in the directory
   */
  public record Report(String architecture, List<String> types, int layers, long parameters) {}

  private GgufImport() {}

  /**
   * Converts a file.
   *
   * @param replace take a directory that is not empty and replace the model in it
   * @throws UserError when the file is damaged or holds what is not supported, or the directory is
   *     not empty; names file and key or tensor
   * @throws dev.sponge.rl.SpongeException when reading or writing fails; in either case the
   *     directory is what it was before
   */
  public static Report run(Path gguf, Path dir, boolean replace) {
    try (GgufFile file = GgufFile.open(gguf)) {
      GgufMetadata metadata = file.header().metadata();
      ModelSizes sizes = ModelSizes.of(file.header());
      RopeScaling scaling = RopeScalings.of(file, sizes);
      List<TensorSource> weights = WeightPlan.of(file, sizes);
      checkHeap(gguf, weights, Runtime.getRuntime().maxMemory());
      Vocabulary vocabulary = Vocabulary.of(metadata, sizes.vocabulary());
      SpecialTokens special = SpecialTokens.of(metadata, vocabulary.size());
      TokenizerExport tokenizer =
          TokenizerExport.of(metadata, vocabulary, special, sizes.context());
      try (ImportTarget target = ImportTarget.open(dir, replace)) {
        ModelFiles.write(target.staging(), weights, MAX_SHARD_BYTES);
        target.write("tokenizer.json", tokenizer.tokenizer());
        target.write("tokenizer_config.json", tokenizer.config());
        target.write("special_tokens_map.json", tokenizer.specialTokensMap());
        target.write("generation_config.json", ConfigFiles.generationConfig(special));
        target.write("config.json", ConfigFiles.config(sizes, scaling, special));
        target.complete();
      }
      return report(file, sizes, weights);
    }
  }

  /** Says before the writing what would end it. */
  static void checkHeap(Path gguf, List<TensorSource> weights, long heapBytes) {
    for (TensorSource weight : weights) {
      long bytes = weight.shape().size() * Float.BYTES;
      if (bytes > heapBytes - RESERVED_BYTES) {
        throw new UserError(
            gguf
                + ": "
                + weight.name()
                + " takes "
                + (bytes >> 20)
                + " MB in float32, too much for a Java heap of "
                + (heapBytes >> 20)
                + " MB; give it "
                + (((bytes + RESERVED_BYTES) >> 20) + 1)
                + " MB (-Xmx, for the command SPONGE_HEAP)");
      }
    }
  }

  private static Report report(GgufFile file, ModelSizes sizes, List<TensorSource> weights) {
    TreeSet<String> types = new TreeSet<>();
    file.header().tensors().values().forEach(tensor -> types.add(tensor.type().name()));
    long parameters = weights.stream().mapToLong(tensor -> tensor.shape().size()).sum();
    return new Report(sizes.architecture().key(), List.copyOf(types), sizes.layers(), parameters);
  }
}
