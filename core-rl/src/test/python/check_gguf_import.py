"""Imports tiny GGUF files of every architecture and tensor type and compares with the gguf package, transformers and llama.cpp.

Run: python check_gguf_import.py IMPORT_COMMAND...   (see requirements.txt, and llama-cpp-python==0.3.36; CPU)

IMPORT_COMMAND FILE DIR must import, for example: ../../../../sponge import
For each model
  - the imported weights equal gguf.quants.dequantize to the bit;
  - logits of transformers on the imported directory, and of llama.cpp on a float32 GGUF file with the same values, differ by
    less than 1e-3 (llama.cpp's cache in float32).
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import gguf
import llama_cpp
import numpy as np
import torch
from gguf import GGMLQuantizationType as T
from safetensors.numpy import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from gguf_texts import TEXTS
from make_gguf_fixture import write_model

PLAIN = [T.F32, T.F16, T.BF16, T.Q8_0, T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1]
ARCHITECTURES = {
    "llama": ("llama", "smollm", {}),
    "llama-untied": ("llama", None, dict(tied=False)),
    "llama3": ("llama", "llama-bpe", dict(llama3=True)),
    "qwen2": ("qwen2", "qwen2", {}),
    "qwen3": ("qwen3", "qwen2", dict(tied=False)),
}


def cases():
    for name, (arch, pre, options) in ARCHITECTURES.items():
        for kind in PLAIN:
            yield f"{name}-{kind.name}", arch, pre, [kind], options
        # K-quants need rows of 256; llama.cpp wants heads of hidden / 4 then in Qwen2.
        wide = {"hidden": 256, "head": 64 if arch == "qwen2" else 8}
        yield f"{name}-K", arch, pre, [T.Q4_K, T.Q6_K, T.Q5_K], {**options, **wide}


def float32_copy(source, target):
    """The same model with every tensor dequantised."""
    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(target, reader.get_field("general.architecture").contents())
    for key, field in reader.fields.items():
        if key.startswith("GGUF.") or key == "general.architecture":
            continue
        kind = field.types[0]
        sub_kind = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(key, field.contents(), kind, sub_type=sub_kind)
    for tensor in reader.tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        writer.add_tensor(tensor.name, np.ascontiguousarray(values, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def llama_logits(path, ids):
    llama = llama_cpp.Llama(str(path), n_ctx=256, n_batch=256, logits_all=True, verbose=False, type_k=0, type_v=0)
    llama.eval(ids)
    return np.array(llama.scores[: len(ids)])


def check(command, folder, name, arch, pre, kinds, options):
    source, copy, directory = folder / f"{name}.gguf", folder / f"{name}.f32.gguf", folder / name
    expected, _ = write_model(source, arch, pre, kinds, seed=len(name), **options)
    subprocess.run([*command, str(source), str(directory)], check=True, stdout=subprocess.DEVNULL)
    actual = load_file(directory / "model.safetensors")
    assert sorted(actual) == sorted(expected)
    for key, value in expected.items():
        assert np.array_equal(actual[key], value), key

    float32_copy(source, copy)
    tokenizer = AutoTokenizer.from_pretrained(directory)
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32).eval()
    ids = tokenizer(" ".join(TEXTS[3:8]), add_special_tokens=False)["input_ids"][:200]
    with torch.inference_mode():
        ours = model(torch.tensor([ids])).logits[0].numpy()
    theirs = llama_logits(copy, ids)
    difference = np.abs(ours - theirs).max()
    same = (ours.argmax(-1) == theirs.argmax(-1)).mean()
    print(f"{name}: {len(ids)} tokens, logits to {np.abs(theirs).max():.2f}, difference {difference:.1e}, top-1 {same:.3f}")
    assert difference < 1e-3


def main(command):
    with tempfile.TemporaryDirectory() as folder:
        for case in cases():
            check(command, Path(folder), *case)


if __name__ == "__main__":
    main(sys.argv[1:])
