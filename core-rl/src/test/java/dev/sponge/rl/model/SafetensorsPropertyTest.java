package dev.sponge.rl.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.UserError;
import dev.sponge.rl.tensor.TorchEngine;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
          List<TensorSource> tensors = fill(layout, seed);
          Safetensors.writeFloats(file, tensors, WeightDtype.F32);
          try (Safetensors read = Safetensors.open(file);
              NDManager manager = TorchEngine.newManager(Device.cpu())) {
            assertThat(read.names()).containsExactlyElementsOf(layout.keySet());
            for (TensorSource tensor : tensors) {
              assertThat(read.shape(tensor.name())).isEqualTo(tensor.shape());
              assertThat(read.read(tensor.name(), manager).toFloatArray())
                  .isEqualTo(tensor.values().get().array());
            }
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
          Safetensors.writeFloats(file, fill(layout, seed), WeightDtype.F32);
          byte[] bytes = Files.readAllBytes(file);
          Random random = new Random(seed);
          for (int change = 0; change < changes; change++) {
            bytes[random.nextInt(Math.min(bytes.length, 300))] = (byte) random.nextInt(256);
          }
          Files.write(file, bytes);
          try (Safetensors read = Safetensors.open(file)) {
            long total = 0;
            for (String name : read.names()) {
              total += read.shape(name).size() * read.dtype(name).bytes();
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

  private static List<TensorSource> fill(Map<String, List<Integer>> layout, long seed) {
    Random random = new Random(seed);
    List<TensorSource> tensors = new ArrayList<>();
    layout.forEach(
        (name, dimensions) -> {
          Shape shape = new Shape(dimensions.stream().mapToLong(Integer::longValue).toArray());
          FloatBuffer values = FloatBuffer.allocate((int) shape.size());
          while (values.hasRemaining()) {
            values.put(random.nextFloat());
          }
          values.flip();
          tensors.add(new TensorSource(name, shape, () -> values));
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
