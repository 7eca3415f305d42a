package dev.sponge.rl.gguf;

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
   * @throws dev.sponge.rl.UserError when the file is damaged or holds what is not supported, or the
   *     directory is not empty; names file and key or tensor
   * @throws dev.sponge.rl.SpongeException when reading or writing fails; in either case the
   *     directory is what it was before
   */
  public static Report run(Path gguf, Path dir, boolean replace) {
    try (GgufFile file = GgufFile.open(gguf)) {
      GgufMetadata metadata = file.header().metadata();
      ModelSizes sizes = ModelSizes.of(file.header());
      RopeScaling scaling = RopeScalings.of(file, sizes);
      List<TensorSource> weights = WeightPlan.of(file, sizes);
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

  private static Report report(GgufFile file, ModelSizes sizes, List<TensorSource> weights) {
    TreeSet<String> types = new TreeSet<>();
    file.header().tensors().values().forEach(tensor -> types.add(tensor.type().name()));
    long parameters = weights.stream().mapToLong(tensor -> tensor.shape().size()).sum();
    return new Report(sizes.architecture().key(), List.copyOf(types), sizes.layers(), parameters);
  }
}
