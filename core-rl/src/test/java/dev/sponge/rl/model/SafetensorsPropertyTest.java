package dev.sponge.rl.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.UserError;
import dev.sponge.rl.model.Safetensors.FloatTensor;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class SafetensorsPropertyTest {
  @Property(tries = 100)
  void anyTensorsSurviveARoundTrip(
      @ForAll("layouts") Map<String, List<Integer>> layout, @ForAll long seed) throws IOException {
    inFile(
        file -> {
          Map<String, FloatTensor> tensors = fill(layout, seed);
          Safetensors.writeFloats(file, tensors);
          try (Safetensors read = Safetensors.open(file)) {
            assertThat(read.names()).containsExactlyElementsOf(tensors.keySet());
            tensors.forEach(
                (name, tensor) -> {
                  assertThat(read.shape(name)).isEqualTo(tensor.shape());
                  assertThat(read.floats(name)).isEqualTo(tensor.values());
                });
          }
        });
  }

  /** A damaged header is either refused with a typed error or still describes the whole file. */
  @Property(tries = 300)
  void noDamagedHeaderCrashes(
      @ForAll("layouts") Map<String, List<Integer>> layout,
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 4) int changes)
      throws IOException {
    inFile(
        file -> {
          Safetensors.writeFloats(file, fill(layout, seed));
          byte[] bytes = Files.readAllBytes(file);
          Random random = new Random(seed);
          for (int change = 0; change < changes; change++) {
            bytes[random.nextInt(Math.min(bytes.length, 300))] = (byte) random.nextInt(256);
          }
          Files.write(file, bytes);
          try (Safetensors read = Safetensors.open(file)) {
            long total = 0;
            for (String name : read.names()) {
              assertThat(read.floats(name).remaining()).isEqualTo((int) read.shape(name).size());
              total += read.shape(name).size() * Float.BYTES;
            }
            assertThat(total).isLessThan(bytes.length);
          } catch (UserError expected) {
            assertThat(expected).hasMessageContaining(file.toString());
          }
        });
  }

  @Provide
  Arbitrary<Map<String, List<Integer>>> layouts() {
    Arbitrary<List<Integer>> shapes = Arbitraries.integers().between(0, 4).list().ofMaxSize(3);
    Arbitrary<String> names =
        Arbitraries.strings()
            .alpha()
            .numeric()
            .withChars("._\"\\ \u00e9\u4e2d")
            .ofMinLength(1)
            .ofMaxLength(12);
    return Arbitraries.maps(names, shapes).ofMaxSize(5);
  }

  private static Map<String, FloatTensor> fill(Map<String, List<Integer>> layout, long seed) {
    Random random = new Random(seed);
    Map<String, FloatTensor> tensors = new LinkedHashMap<>();
    layout.forEach(
        (name, dimensions) -> {
          Shape shape = new Shape(dimensions.stream().mapToLong(Integer::longValue).toArray());
          FloatBuffer values = FloatBuffer.allocate((int) shape.size());
          while (values.hasRemaining()) {
            values.put(random.nextFloat());
          }
          tensors.put(name, new FloatTensor(shape, values.flip()));
        });
    return tensors;
  }

  @FunctionalInterface
  private interface FileTest {
    void accept(Path file) throws IOException;
  }

  private static void inFile(FileTest test) throws IOException {
    Path file = Files.createTempFile("property", ".safetensors");
    try {
      test.accept(file);
    } finally {
      Files.deleteIfExists(file);
    }
  }
}
