"""Writes one tiny random Qwen2 model in the forms in which transformers saves it, for the readers of model files.

Run: python make_files_fixture.py [OUTPUT_DIR]   (see requirements.txt; CPU)

OUTPUT_DIR/files/FORM holds what save_pretrained writes and, in expected.safetensors, every parameter as float32, by FORM:
  bfloat16   one file, rounded from the float32 values
  float16    one file, rounded from the float32 values
  sharded    float32 in shards of at most 4 kB with model.safetensors.index.json
The parameters hold a zero of each sign, the largest finite value and the smallest subnormal of their type.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import Qwen2Config, Qwen2ForCausalLM

SMALLEST = {torch.float32: 2.0**-149, torch.float16: 2.0**-24, torch.bfloat16: 2.0**-133}
FORMS = {"bfloat16": (torch.bfloat16, "5GB"), "float16": (torch.float16, "5GB"), "sharded": (torch.float32, "4KB")}


def make_model(dtype: torch.dtype) -> Qwen2ForCausalLM:
    torch.manual_seed(17)
    config = Qwen2Config(
        vocab_size=40,
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=32,
        rope_theta=10000.0,
        rms_norm_eps=1e-6,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=1,
        pad_token_id=0,
    )
    model = Qwen2ForCausalLM(config).to(torch.float32)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape))
    model = model.to(dtype)
    extremes = torch.tensor([0.0, -0.0, torch.finfo(dtype).max, SMALLEST[dtype]], dtype=torch.float64).to(dtype)
    with torch.no_grad():
        model.model.embed_tokens.weight[3, :4] = extremes
    return model


def main(root: Path) -> None:
    torch.set_num_threads(1)
    for form, (dtype, shard) in FORMS.items():
        directory = root / "files" / form
        model = make_model(dtype)
        model.save_pretrained(directory, max_shard_size=shard)
        (directory / "generation_config.json").unlink()
        values = {name: p.detach().to(torch.float32).contiguous() for name, p in model.named_parameters()}
        save_file(values, directory / "expected.safetensors")


if __name__ == "__main__":
    default = Path(__file__).parents[1] / "resources" / "fixtures"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
