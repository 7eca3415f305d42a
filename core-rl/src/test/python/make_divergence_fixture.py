"""Writes what torch and transformers make of KL divergences over the whole vocabulary between models of the decoder fixture.

Run: python make_divergence_fixture.py [FIXTURES_DIR]   (after make_decoder_fixture.py; see requirements.txt; CPU, eager attention)

FIXTURES_DIR/divergence.safetensors, of the rows of tiny-qwen2-untied/expected.safetensors, C = length - 1 of a row:
  base.ROW       (C,)           KL(pi || base) behind each token but the last
  precedent.ROW  (C,)           KL(pi || precedent)
  grad.NAME                     gradient of the sum over tokens of 0.7 KL(pi || base) + 0.3 KL(pi || precedent) for the parameter NAME
pi is tiny-qwen2-untied, base is tiny-qwen3, precedent is tiny-llama3; all at temperature 0.8.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch.distributions import Categorical, kl_divergence
from transformers import AutoModelForCausalLM, PreTrainedModel

TEMPERATURE = 0.8
LAMBDA = 0.7


def load(directory: Path) -> PreTrainedModel:
    return AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32, attn_implementation="eager").eval()


def main(root: Path) -> None:
    torch.set_num_threads(1)
    expected = load_file(root / "tiny-qwen2-untied" / "expected.safetensors")
    pi, base, precedent = (load(root / name) for name in ("tiny-qwen2-untied", "tiny-qwen3", "tiny-llama3"))
    out = {}
    loss = torch.zeros(())
    for i, n in enumerate(expected["lengths"].tolist()):
        row = expected["input_ids"][i : i + 1, :n].long()

        def policy(model: PreTrainedModel) -> Categorical:
            return Categorical(logits=model(input_ids=row).logits[0, :-1] / TEMPERATURE)

        with torch.no_grad():
            anchors = dict(base=policy(base), precedent=policy(precedent))
        trained = policy(pi)
        for (name, anchor), weight in zip(anchors.items(), (LAMBDA, 1 - LAMBDA)):
            divergence = kl_divergence(trained, anchor)
            out[f"{name}.{i}"] = divergence.detach().clone()
            loss = loss + weight * divergence.sum()
    loss.backward()
    for name, parameter in pi.named_parameters():
        out[f"grad.{name}"] = parameter.grad.detach().clone()
    save_file(out, root / "divergence.safetensors")
    print({key: value.tolist() for key, value in out.items() if key.endswith(".0")})


if __name__ == "__main__":
    default = Path(__file__).parents[1] / "resources" / "fixtures"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
