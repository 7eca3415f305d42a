package dev.sponge.rl.tensor;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Packs the TorchScript sources of this package's {@code kernels} folder into an archive that
 * libtorch loads: no Python is involved.
 *
 * <p>A part is a file of top-level functions whose first parameter is {@code self}; all parts
 * together are the body of one class.
 */
final class KernelArchive {
  private static final List<String> PARTS =
      List.of(
          "1_decoder.py",
          "2_generation.py",
          "3_optimiser.py",
          "4_weights.py",
          "5_training.py",
          "6_dtype.py",
          "7_value.py",
          "8_divergence.py");
  private static final byte[] EMPTY_TUPLE = {(byte) 0x80, 2, ')', '.'};
  private static final List<String> TENSOR_LISTS =
      List.of(
          "ws",
          "aux",
          "gs",
          "adapters",
          "adapter_gs",
          "residual",
          "residual_gs",
          "value_head",
          "value_gs");
  private static final List<String> INT_LISTS = List.of("windows", "segments");
  private static final List<String> INTS =
      List.of(
          "layers",
          "heads",
          "kv_heads",
          "head_dim",
          "dtype",
          "onednn",
          "fused_attention",
          "window");
  private static final List<String> FLOATS =
      List.of("eps", "rope_factor", "adapter_scale", "residual_scale");

  private KernelArchive() {}

  /** The bytes of a fresh archive: the same bytes on every call. */
  static byte[] build() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.setMethod(ZipOutputStream.STORED);
      add(zip, "kernels/version", "6\n".getBytes(StandardCharsets.US_ASCII));
      add(zip, "kernels/constants.pkl", EMPTY_TUPLE);
      add(zip, "kernels/data.pkl", modulePickle());
      add(zip, "kernels/code/__torch__.py", source().getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot pack the TorchScript kernels", e);
    }
    return out.toByteArray();
  }

  /** The TorchScript class as one text. */
  static String source() {
    StringBuilder code =
        new StringBuilder("class Kernels(Module):\n")
            .append("  __parameters__ = []\n  __buffers__ = []\n  training : bool\n");
    TENSOR_LISTS.forEach(name -> code.append("  " + name + " : List[Tensor]\n"));
    INT_LISTS.forEach(name -> code.append("  " + name + " : List[int]\n"));
    INTS.forEach(name -> code.append("  " + name + " : int\n"));
    FLOATS.forEach(name -> code.append("  " + name + " : float\n"));
    List<String> parts = new ArrayList<>(PARTS);
    parts.add(OneDnn.available() ? "linear_onednn.py" : "linear_plain.py");
    for (String part : parts) {
      for (String line : read(part).split("\n", -1)) {
        if (!line.isBlank() && !line.stripLeading().startsWith("#")) {
          code.append("  ").append(typeSelf(line)).append('\n');
        }
      }
    }
    return code.toString();
  }

  private static String typeSelf(String line) {
    return line.startsWith("def ")
        ? line.replaceFirst("\\(self", "(self: __torch__.Kernels")
        : line;
  }

  private static String read(String part) {
    try (InputStream in = KernelArchive.class.getResourceAsStream("kernels/" + part)) {
      if (in == null) {
        throw new IllegalStateException("kernel source " + part + " is not on the classpath");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read kernel source " + part, e);
    }
  }

  /** Pickle protocol 2 of an object of the class with its attributes' first values. */
  private static byte[] modulePickle() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.write(new byte[] {(byte) 0x80, 2});
    out.writeBytes("c__torch__\nKernels\n)");
    out.write(0x81);
    out.writeBytes("}(");
    key(out, "training");
    out.write(0x88);
    for (String name : TENSOR_LISTS) {
      key(out, name);
      out.writeBytes("ctorch.jit._pickle\nbuild_tensorlist\n(]tR");
    }
    for (String name : INT_LISTS) {
      key(out, name);
      out.writeBytes("ctorch.jit._pickle\nbuild_intlist\n(]tR");
    }
    for (String name : INTS) {
      key(out, name);
      out.writeBytes("K");
      out.write(0);
    }
    for (String name : FLOATS) {
      key(out, name);
      out.writeBytes("G");
      out.writeDouble(0);
    }
    out.writeBytes("ub.");
    return bytes.toByteArray();
  }

  private static void key(DataOutputStream out, String name) throws IOException {
    out.writeBytes("X");
    out.writeInt(Integer.reverseBytes(name.length()));
    out.writeBytes(name);
  }

  private static void add(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    ZipEntry entry = new ZipEntry(name);
    entry.setTime(0);
    entry.setSize(bytes.length);
    entry.setCompressedSize(bytes.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(bytes);
    zip.closeEntry();
  }
}
