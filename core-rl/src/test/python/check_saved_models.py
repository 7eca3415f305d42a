"""Opens with safetensors and transformers what Sponge saved, and compares every parameter.

Run by hand after HfModelDirectoryTest: python check_saved_models.py [core-rl/target/saved-models]   (see requirements.txt)

FORM-in-one and FORM-in-shards hold the model of fixtures/files/FORM, saved by Sponge in the dtype of that form.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

FIXTURES = Path(__file__).parents[1] / "resources" / "fixtures" / "files"
DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16, "sharded": torch.float32}


def check(directory: Path, form: str) -> int:
    expected = load_file(FIXTURES / form / "expected.safetensors")
    stored = {}
    shards = sorted(directory.glob("*.safetensors"))
    for shard in shards:
        with safe_open(shard, framework="pt") as file:
            assert file.metadata() == {"format": "pt"}, shard
            for name in file.keys():
                assert name not in stored, name
                stored[name] = file.get_tensor(name)
    assert stored.keys() == expected.keys()
    for name, tensor in stored.items():
        assert tensor.dtype == DTYPES[form], name
        # Bits, not values: the zeros have signs.
        assert torch.equal(tensor.float().view(torch.int32), expected[name].view(torch.int32)), name
    index = directory / "model.safetensors.index.json"
    assert index.exists() == (len(shards) > 1)
    if index.exists():
        total = sum(t.numel() * t.element_size() for t in stored.values())
        assert json.loads(index.read_text())["metadata"]["total_size"] == total

    model = AutoModelForCausalLM.from_pretrained(directory)
    assert model.dtype == DTYPES[form], model.dtype
    for name, parameter in model.named_parameters():
        assert torch.equal(parameter.float(), expected[name]), name
    assert AutoTokenizer.from_pretrained(directory).encode("1+2") == [4, 13, 5]
    return len(shards)


def main(root: Path) -> None:
    for form in DTYPES:
        for files in ("one", "shards"):
            shards = check(root / f"{form}-in-{files}", form)
            print(f"{form}-in-{files}: {shards} file(s), every parameter equal")


if __name__ == "__main__":
    default = Path(__file__).parents[3] / "target" / "saved-models"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
