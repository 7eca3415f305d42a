package dev.sponge.rl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.sponge.rl.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The tensors of a model directory, whether one file or shards hold them. Opening checks the
 * headers of all files and that the index and the shards agree; no tensor is read.
 */
final class ModelTensors implements AutoCloseable {
  private static final String EMBEDDING = "model.embed_tokens.weight";
  private static final String HEAD = "lm_head.weight";
  // Llama files of 2023 hold these constants, which follow from the configuration.
  private static final Pattern ROTARY_CONSTANT =
      Pattern.compile("model\\.layers\\.\\d+\\.self_attn\\.rotary_emb\\.inv_freq");

  private final Path source;
  private final Map<String, Safetensors> files;
  private final Map<String, String> fileByTensor;

  private ModelTensors(
      Path source, Map<String, Safetensors> files, Map<String, String> fileByTensor) {
    this.source = source;
    this.files = files;
    this.fileByTensor = fileByTensor;
  }

  /**
   * Opens {@code model.safetensors} where it exists, else the shards of the index.
   *
   * @throws UserError when a file is missing or damaged, or index and shards disagree
   */
  static ModelTensors open(Path dir) {
    Path single = dir.resolve(ModelFiles.FILE_NAME);
    Path index = dir.resolve(ShardIndex.FILE_NAME);
    boolean sharded = !Files.exists(single) && Files.exists(index);
    Map<String, Safetensors> files = new LinkedHashMap<>();
    ModelTensors opened = null;
    try {
      opened = sharded ? openShards(index, files) : openSingle(single, files);
      return opened;
    } finally {
      if (opened == null) {
        files.values().forEach(Safetensors::close);
      }
    }
  }

  private static ModelTensors openSingle(Path file, Map<String, Safetensors> files) {
    Safetensors opened = Safetensors.open(file);
    files.put(ModelFiles.FILE_NAME, opened);
    Map<String, String> fileByTensor = new LinkedHashMap<>();
    opened.names().forEach(name -> fileByTensor.put(name, ModelFiles.FILE_NAME));
    return new ModelTensors(file, files, fileByTensor);
  }

  private static ModelTensors openShards(Path file, Map<String, Safetensors> files) {
    Map<String, String> index = ShardIndex.read(file).fileByTensor();
    for (Map.Entry<String, String> entry : index.entrySet()) {
      String shard = entry.getValue();
      if (!files.containsKey(shard)) {
        Path path = file.resolveSibling(shard);
        if (!Files.isRegularFile(path)) {
          throw new UserError(
              path
                  + " is missing: "
                  + file
                  + " finds tensor "
                  + entry.getKey()
                  + " there; copy or download the whole model");
        }
        files.put(shard, Safetensors.open(path));
      }
      if (!files.get(shard).names().contains(entry.getKey())) {
        throw new UserError(
            file + " finds tensor " + entry.getKey() + " in " + shard + ", which does not hold it");
      }
    }
    files.forEach((shard, opened) -> checkListed(file, index, shard, opened));
    return new ModelTensors(file, files, index);
  }

  private static void checkListed(
      Path file, Map<String, String> index, String shard, Safetensors opened) {
    for (String name : opened.names()) {
      String listed = index.get(name);
      if (listed == null) {
        throw new UserError(shard + " holds tensor " + name + ", which " + file + " does not list");
      }
      if (!listed.equals(shard)) {
        throw new UserError(
            "tensor " + name + " is in two shards of " + file + ": " + listed + " and " + shard);
      }
    }
  }

  /**
   * Demands the parameters of a configuration, and nothing that it does not explain.
   *
   * @throws UserError when a tensor is missing, extra or of another shape; the message names it
   */
  void check(ModelConfig config) {
    Map<String, long[]> expected = config.parameterShapes();
    for (Map.Entry<String, long[]> parameter : expected.entrySet()) {
      String name = parameter.getKey();
      if (!fileByTensor.containsKey(name)) {
        throw new UserError(source + " lacks tensor " + name + ", which config.json asks for");
      }
      Shape shape = new Shape(parameter.getValue());
      if (!file(name).shape(name).equals(shape)) {
        throw new UserError(
            fileName(name)
                + ": tensor "
                + name
                + " has shape "
                + file(name).shape(name)
                + ", config.json asks for "
                + shape);
      }
    }
    for (String name : fileByTensor.keySet()) {
      if (!expected.containsKey(name)
          && !ROTARY_CONSTANT.matcher(name).matches()
          && !isTiedHead(name, config)) {
        throw new UserError(
            fileName(name) + " holds tensor " + name + ", which config.json does not know");
      }
    }
  }

  /**
   * Reads one tensor as float32.
   *
   * @throws UserError when it holds NaN or infinite values
   */
  NDArray read(String name, NDManager manager) {
    return file(name).readFinite(name, manager);
  }

  /**
   * Many files of models with tied embeddings hold the head too. Reads both tensors.
   *
   * @throws UserError when the head is there and is not the embedding, byte for byte
   */
  void checkTiedHead(ModelConfig config) {
    if (fileByTensor.containsKey(HEAD)
        && isTiedHead(HEAD, config)
        && !file(HEAD).equalBytes(HEAD, file(EMBEDDING), EMBEDDING)) {
      throw new UserError(
          fileName(HEAD)
              + ": tensor "
              + HEAD
              + " differs from "
              + EMBEDDING
              + ", but config.json has tie_word_embeddings = true; set it to false if the model was"
              + " trained with a head of its own, else remove the tensor");
    }
  }

  private static boolean isTiedHead(String name, ModelConfig config) {
    return config.tieWordEmbeddings() && name.equals(HEAD);
  }

  private Safetensors file(String tensor) {
    return files.get(fileByTensor.get(tensor));
  }

  private Path fileName(String tensor) {
    return source.resolveSibling(fileByTensor.get(tensor));
  }

  @Override
  public void close() {
    files.values().forEach(Safetensors::close);
  }
}
