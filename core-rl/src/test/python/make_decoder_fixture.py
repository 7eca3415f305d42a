"""Writes tiny random directories of every architecture and what transformers computes with them.

Run: python make_decoder_fixture.py [OUTPUT_DIR]   (see requirements.txt; CPU, eager attention)

For each variant OUTPUT_DIR/tiny-VARIANT holds the model as save_pretrained writes it and expected.safetensors with
  input_ids      (B, T) int32   token ids, right-padded with 0
  lengths        (B,) int32     number of tokens of each row that are not padding
  logits.ROW     (length, V)    logits of the valid positions of that row
  logprobs.ROW   (length - 1,)  log p(token t+1 | tokens 0..t)
  bf16.ROW       (length - 1,)  the same from the model in bfloat16
  loss           (1,)           sum over rows and valid next tokens of -log p
  grad.NAME                     gradient of that loss for the parameter NAME
  greedy         (B, 64) int32  greedy continuation of each row alone, without padding

qwen2-untied's config.json is written in the form of transformers 4 (rope_theta and torch_dtype at the top), which most
published directories have; the others keep the form of transformers 5 (rope_parameters, dtype).
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import (
    AutoModelForCausalLM,
    LlamaConfig,
    MistralConfig,
    PreTrainedConfig,
    PreTrainedModel,
    Qwen2Config,
    Qwen3Config,
)

LENGTHS = (11, 4, 7)
NEW_TOKENS = 64
VOCABULARY = 61
SIZES = dict(
    vocab_size=VOCABULARY,
    hidden_size=32,
    intermediate_size=48,
    num_hidden_layers=1,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=128,
    rms_norm_eps=1e-6,
    bos_token_id=None,
    eos_token_id=1,
    pad_token_id=0,
)
LLAMA3 = dict(
    rope_type="llama3",
    rope_theta=500000.0,
    factor=8.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    original_max_position_embeddings=32,
)
YARN = dict(rope_type="yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=32)


def rope(theta: float) -> dict:
    return dict(rope_type="default", rope_theta=theta)


def variants() -> dict[str, PreTrainedConfig]:
    two = SIZES | dict(num_hidden_layers=2)
    return {
        "qwen2-tied": Qwen2Config(**two, rope_parameters=rope(10000.0), tie_word_embeddings=True),
        "qwen2-untied": Qwen2Config(**SIZES, rope_parameters=rope(10000.0), tie_word_embeddings=False),
        # Queries are wider than the residual stream, and every layer but the first sees 5 positions.
        "qwen2-window": Qwen2Config(
            **(two | dict(head_dim=16)),
            rope_parameters=YARN,
            use_sliding_window=True,
            sliding_window=5,
            max_window_layers=1,
            tie_word_embeddings=True,
        ),
        "qwen3": Qwen3Config(**two, head_dim=12, rope_parameters=rope(1e6), tie_word_embeddings=True),
        "llama3": LlamaConfig(**two, rope_parameters=LLAMA3, tie_word_embeddings=False),
        # As Llama 2 and TinyLlama but for the biases: every query head has a key head of its own.
        "llama-bias": LlamaConfig(
            **(SIZES | dict(num_key_value_heads=4)),
            attention_bias=True,
            rope_parameters=dict(rope_type="linear", rope_theta=10000.0, factor=2.0),
            tie_word_embeddings=False,
        ),
        "mistral": MistralConfig(
            **two, sliding_window=6, head_dim=8, rope_parameters=rope(10000.0), tie_word_embeddings=False
        ),
    }


def make_model(config: PreTrainedConfig, seed: int) -> PreTrainedModel:
    torch.manual_seed(seed)
    config._attn_implementation = "eager"
    model = AutoModelForCausalLM.from_config(config).to(torch.float32).eval()
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


def expected(model: PreTrainedModel) -> dict[str, torch.Tensor] | None:
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
    halved = AutoModelForCausalLM.from_config(model.config).to(torch.float32).eval()
    halved.load_state_dict(model.state_dict())
    halved = halved.to(torch.bfloat16)
    with torch.no_grad():
        rounded = torch.log_softmax(halved(input_ids=input_ids, attention_mask=attention).logits.float(), dim=-1)
    for i, row in enumerate(rows):
        out[f"bf16.{i}"] = rounded[i, : len(row) - 1].gather(-1, row[1:, None]).squeeze(-1).clone()
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
    return out if margin > 1e-3 else None


def write_version_4_config(path: Path) -> None:
    config = json.loads(path.read_text())
    config["rope_theta"] = config.pop("rope_parameters")["rope_theta"]
    config["torch_dtype"] = config.pop("dtype")
    del config["layer_types"]
    config["transformers_version"] = "4.51.3"
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def main(root: Path) -> None:
    torch.set_num_threads(1)
    for name, config in variants().items():
        directory = root / f"tiny-{name}"
        for seed in range(11, 200):
            # A near tie would make the greedy tokens depend on rounding: the next seed then.
            model = make_model(config, seed)
            values = expected(model)
            if values is not None:
                break
        model.save_pretrained(directory)
        if name == "qwen2-untied":
            write_version_4_config(directory / "config.json")
        save_file(values, directory / "expected.safetensors")
        again = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32, attn_implementation="eager")
        for (key, a), (_, b) in zip(model.named_parameters(), again.named_parameters(), strict=True):
            assert torch.equal(a, b), key
        ids = torch.arange(2, 20)[None]
        with torch.no_grad():
            assert torch.equal(model(ids).logits, again(ids).logits)
        print(name, "seed", seed)


if __name__ == "__main__":
    default = Path(__file__).parents[1] / "resources" / "fixtures"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
