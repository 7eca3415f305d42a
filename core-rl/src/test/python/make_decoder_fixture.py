"""Writes tiny random Qwen2 directories and what transformers computes with them.

Run: python make_decoder_fixture.py [OUTPUT_DIR]   (see requirements.txt; CPU, float32, eager attention)

For each variant (tied and untied embeddings) OUTPUT_DIR/tiny-qwen2-VARIANT holds the model as save_pretrained writes it and
expected.safetensors with
  input_ids      (B, T) int32   token ids, right-padded with 0
  lengths        (B,) int32     number of tokens of each row that are not padding
  logits.ROW     (length, V)    logits of the valid positions of that row
  logprobs.ROW   (length - 1,)  log p(token t+1 | tokens 0..t)
  loss           (1,)           sum over rows and valid next tokens of -log p
  grad.NAME                     gradient of that loss for the parameter NAME
  greedy         (B, 16) int32  greedy continuation of each row alone, without padding

The untied variant has one layer, and its config.json is written in the form of transformers 4 (rope_theta and torch_dtype at
the top), which most published directories have; the tied variant keeps the form of transformers 5 (rope_parameters, dtype).
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import Qwen2Config, Qwen2ForCausalLM

LENGTHS = (11, 4, 7)
NEW_TOKENS = 16
VOCABULARY = 61


def make_model(tied: bool, layers: int, seed: int) -> Qwen2ForCausalLM:
    torch.manual_seed(seed)
    config = Qwen2Config(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=64,
        rope_theta=10000.0,
        rms_norm_eps=1e-6,
        tie_word_embeddings=tied,
        bos_token_id=None,
        eos_token_id=1,
        pad_token_id=0,
    )
    config._attn_implementation = "eager"
    model = Qwen2ForCausalLM(config).to(torch.float32).eval()
    # Every parameter is drawn here: the library's initial biases are 0 and its norms are 1, which would hide a parameter
    # that the other implementation leaves out.
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name:
                parameter.copy_(1.0 + 0.3 * torch.randn(parameter.shape))
            elif name.endswith("bias"):
                parameter.copy_(0.3 * torch.randn(parameter.shape))
            else:
                parameter.copy_(0.2 * torch.randn(parameter.shape))
    return model


def expected(model: Qwen2ForCausalLM) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    rows = [torch.randint(2, VOCABULARY, (n,), generator=generator) for n in LENGTHS]
    width = max(LENGTHS)
    input_ids = torch.zeros(len(rows), width, dtype=torch.long)
    attention = torch.zeros(len(rows), width, dtype=torch.long)
    for i, row in enumerate(rows):
        input_ids[i, : len(row)] = row
        attention[i, : len(row)] = 1

    model.zero_grad()
    logits = model(input_ids=input_ids, attention_mask=attention).logits
    logprobs = torch.log_softmax(logits, dim=-1)
    out = {
        "input_ids": input_ids.to(torch.int32),
        "lengths": torch.tensor(LENGTHS, dtype=torch.int32),
    }
    loss = torch.zeros(())
    for i, row in enumerate(rows):
        n = len(row)
        chosen = logprobs[i, : n - 1].gather(-1, row[1:, None]).squeeze(-1)
        loss = loss - chosen.sum()
        out[f"logits.{i}"] = logits[i, :n].detach().clone()
        out[f"logprobs.{i}"] = chosen.detach().clone()
    loss.backward()
    out["loss"] = loss.detach().reshape(1)
    for name, parameter in model.named_parameters():
        out[f"grad.{name}"] = parameter.grad.detach().clone()

    continuations = []
    margin = float("inf")
    with torch.no_grad():
        for row in rows:
            ids = row.clone()
            for _ in range(NEW_TOKENS):
                last = model(input_ids=ids[None]).logits[0, -1]
                top = last.topk(2).values
                margin = min(margin, float(top[0] - top[1]))
                ids = torch.cat([ids, last.argmax()[None]])
            continuations.append(ids[len(row) :])
    out["greedy"] = torch.stack(continuations).to(torch.int32)
    # A near tie would make the greedy tokens depend on rounding.
    assert margin > 1e-3, margin
    return out


def write_version_4_config(path: Path) -> None:
    config = json.loads(path.read_text())
    config["rope_theta"] = config.pop("rope_parameters")["rope_theta"]
    config["torch_dtype"] = config.pop("dtype")
    del config["layer_types"]
    config["transformers_version"] = "4.51.3"
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def main(root: Path) -> None:
    torch.set_num_threads(1)
    for variant, tied, layers, seed in (("tied", True, 2, 11), ("untied", False, 1, 12)):
        directory = root / f"tiny-qwen2-{variant}"
        model = make_model(tied, layers, seed)
        model.save_pretrained(directory)
        if not tied:
            write_version_4_config(directory / "config.json")
        save_file(expected(model), directory / "expected.safetensors")
        again = Qwen2ForCausalLM.from_pretrained(directory, dtype=torch.float32, attn_implementation="eager")
        for (name, a), (_, b) in zip(model.named_parameters(), again.named_parameters(), strict=True):
            assert torch.equal(a, b), name
        ids = torch.arange(2, 20)[None]
        with torch.no_grad():
            assert torch.equal(model(ids).logits, again(ids).logits)


if __name__ == "__main__":
    default = Path(__file__).parents[1] / "resources" / "fixtures"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
