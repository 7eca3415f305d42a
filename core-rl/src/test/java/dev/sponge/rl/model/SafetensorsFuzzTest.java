package dev.sponge.rl.model;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sponge.rl.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whatever bytes a file holds: its header is refused with a {@link UserError}, or it describes the
 * file exactly.
 *
 * <p>The default test command replays the corpus in {@code SafetensorsFuzzTestInputs}. To search
 * for new inputs (Linux, macOS, Windows; no network), which are added to that corpus when they fail
 * and otherwise kept in {@code core-rl/.cifuzz-corpus}:
 *
 * <pre>JAZZER_FUZZ=1 ./mvnw -pl core-rl test -Dtest=SafetensorsFuzzTest -Djazzer.hooks=true</pre>
 */
class SafetensorsFuzzTest {
  @FuzzTest(maxDuration = "3m")
  void everyHeaderIsRefusedOrDescribesItsFile(byte[] bytes) throws IOException {
    Path file = Files.createTempFile("fuzz", ".safetensors");
    try {
      Files.write(file, bytes);
      try (Safetensors opened = Safetensors.open(file)) {
        long total = 0;
        for (String name : opened.names()) {
          total += opened.shape(name).size() * opened.dtype(name).bytes();
        }
        if (total > bytes.length - Long.BYTES) {
          throw new AssertionError(
              "tensors of " + total + " bytes in a file of " + bytes.length + " bytes");
        }
      } catch (UserError refused) {
        if (!refused.getMessage().contains(file.toString())) {
          throw new AssertionError("the message does not name the file", refused);
        }
      }
    } finally {
      Files.delete(file);
    }
  }
}
