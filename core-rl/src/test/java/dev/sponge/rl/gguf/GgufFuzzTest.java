package dev.sponge.rl.gguf;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sponge.rl.UserError;
import dev.sponge.rl.model.TensorSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whatever bytes a file holds: it is refused with a {@link UserError} that names it, or its tensors
 * lie inside it.
 *
 * <p>The default test command replays the corpus in {@code GgufFuzzTestInputs}. To search for new
 * inputs, which are added to that corpus when they fail:
 *
 * <pre>JAZZER_FUZZ=1 ./mvnw -pl core-rl test -Dtest=GgufFuzzTest -Djazzer.hooks=true</pre>
 */
class GgufFuzzTest {
  @FuzzTest(maxDuration = "3m")
  void everyFileIsRefusedOrHoldsItsTensors(byte[] bytes) throws IOException {
    Path file = Files.createTempFile("fuzz", ".gguf");
    try {
      Files.write(file, bytes);
      try (GgufFile opened = GgufFile.open(file)) {
        checkTensors(opened, bytes.length);
        readAll(opened);
      } catch (UserError refused) {
        if (!refused.getMessage().contains(file.toString())) {
          throw new AssertionError("the message does not name the file", refused);
        }
      }
    } finally {
      Files.delete(file);
    }
  }

  private static void checkTensors(GgufFile opened, int length) {
    for (GgufTensor tensor : opened.header().tensors().values()) {
      if (tensor.position() + tensor.bytes() > length) {
        throw new AssertionError("tensor " + tensor.name() + " ends beyond the file");
      }
    }
  }

  /** All that an import does before it writes. */
  private static void readAll(GgufFile opened) {
    GgufMetadata metadata = opened.header().metadata();
    ModelSizes sizes = ModelSizes.of(opened.header());
    RopeScalings.of(opened, sizes);
    for (TensorSource source : WeightPlan.of(opened, sizes)) {
      if (source.values().get().remaining() != source.shape().size()) {
        throw new AssertionError("weight " + source.name() + " does not fill its shape");
      }
    }
    Vocabulary vocabulary = Vocabulary.of(metadata, sizes.vocabulary());
    SpecialTokens special = SpecialTokens.of(metadata, vocabulary.size());
    TokenizerExport.of(metadata, vocabulary, special, sizes.context());
  }
}
