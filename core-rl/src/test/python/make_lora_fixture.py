"""Writes a tiny random Llama and Qwen2 model, each with a LoRA adapter, and what PEFT computes with them.

Run: python make_lora_fixture.py [OUTPUT_DIR]   (see requirements.txt; needs peft; CPU, eager attention)
     python make_lora_fixture.py --open DIR BASE   opens an adapter directory with PEFT and prints its log-probs' sum

For each variant OUTPUT_DIR/lora-VARIANT holds the base model, adapter/ as PEFT saves it, and expected.safetensors with
  input_ids       (B, T) int32   token ids, right-padded with 0
  lengths         (B,) int32     number of tokens of each row that are not padding
  logprobs.ROW    (length - 1,)  log p(token t+1 | tokens 0..t) of base and adapter together
  base.ROW        (length - 1,)  the same of the base alone
  bf16.ROW        (length - 1,)  the same of base and adapter merged, in bfloat16
  loss            (1,)           sum over rows and valid next tokens of -log p
  grad.NAME                      gradient of that loss for the factor NAME, named as in the adapter's file

A factor of every projection is not zero, so that a projection left out shows.
"""

import json
import sys
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, LlamaConfig, PreTrainedConfig, Qwen2Config

LENGTHS = (9, 4, 7)
VOCABULARY = 29
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
SIZES = dict(
    vocab_size=VOCABULARY,
    hidden_size=16,
    intermediate_size=24,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=64,
    rms_norm_eps=1e-6,
    bos_token_id=None,
    eos_token_id=1,
    pad_token_id=0,
    rope_parameters=dict(rope_type="default", rope_theta=10000.0),
)


def variants() -> dict[str, tuple[PreTrainedConfig, LoraConfig]]:
    return {
        "llama": (
            LlamaConfig(**SIZES, tie_word_embeddings=False),
            LoraConfig(r=3, lora_alpha=6, target_modules=TARGETS, task_type="CAUSAL_LM"),
        ),
        # Qwen2 has biases on q, k and v, and its head is the embedding; alpha / r is below 1.
        "qwen2": (
            Qwen2Config(**SIZES, tie_word_embeddings=True),
            LoraConfig(r=4, lora_alpha=2, target_modules=TARGETS, task_type="CAUSAL_LM"),
        ),
    }


def draw(model: torch.nn.Module) -> None:
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name:
                parameter.copy_(1.0 + 0.3 * torch.randn(parameter.shape))
            else:
                parameter.copy_(0.25 * torch.randn(parameter.shape))


def rows() -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    return [torch.randint(2, VOCABULARY, (n,), generator=generator) for n in LENGTHS]


def logprobs(model: torch.nn.Module) -> list[torch.Tensor]:
    out = []
    for row in rows():
        logp = torch.log_softmax(model(input_ids=row[None]).logits[0].float(), dim=-1)
        out.append(logp[:-1].gather(-1, row[1:, None]).squeeze(-1))
    return out


def write(name: str, config: PreTrainedConfig, lora: LoraConfig, directory: Path) -> None:
    torch.manual_seed(11)
    config._attn_implementation = "eager"
    model = AutoModelForCausalLM.from_config(config).to(torch.float32).eval()
    draw(model)
    model.save_pretrained(directory)
    out = {"lengths": torch.tensor(LENGTHS, dtype=torch.int32)}
    out["input_ids"] = torch.nn.utils.rnn.pad_sequence(rows(), batch_first=True).to(torch.int32)
    with torch.no_grad():
        for i, chosen in enumerate(logprobs(model)):
            out[f"base.{i}"] = chosen.clone()
    adapted = get_peft_model(model, lora).eval()
    with torch.no_grad():
        for key, parameter in adapted.named_parameters():
            if "lora_" in key:
                parameter.copy_(0.2 * torch.randn(parameter.shape))
    adapted.save_pretrained(directory / "adapter")
    loss = torch.zeros(())
    for i, chosen in enumerate(logprobs(adapted)):
        loss = loss - chosen.sum()
        out[f"logprobs.{i}"] = chosen.detach().clone()
    loss.backward()
    out["loss"] = loss.detach().reshape(1)
    gradients = {key: p.grad for key, p in adapted.named_parameters() if p.requires_grad}
    for key, value in get_peft_model_state_dict(adapted, state_dict=gradients).items():
        out[f"grad.{key}"] = value.clone()
    merged = adapted.merge_and_unload().to(torch.bfloat16)
    with torch.no_grad():
        for i, chosen in enumerate(logprobs(merged)):
            out[f"bf16.{i}"] = chosen.clone()
    save_file(out, directory / "expected.safetensors")
    # The README that PEFT writes says nothing; the path of the base is this machine's.
    (directory / "adapter" / "README.md").unlink(missing_ok=True)
    path = directory / "adapter" / "adapter_config.json"
    settings = json.loads(path.read_text())
    settings["base_model_name_or_path"] = None
    settings["target_modules"] = sorted(settings["target_modules"])
    path.write_text(json.dumps(settings, indent=2) + "\n")
    size = sum(f.stat().st_size for f in directory.rglob("*") if f.is_file())
    print(f"{name}: {len(gradients)} factors, loss {loss.item():.3f}, {size} bytes")


def open_adapter(adapter: Path, base: Path) -> None:
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), adapter).eval()
    with torch.no_grad():
        print(f"sum of log-probs {sum(chosen.sum() for chosen in logprobs(model)).item():.6f}")


def main() -> None:
    if len(sys.argv) == 4 and sys.argv[1] == "--open":
        open_adapter(Path(sys.argv[2]), Path(sys.argv[3]))
        return
    here = Path(__file__).resolve().parent
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else here.parent / "resources" / "fixtures"
    for name, (config, lora) in variants().items():
        write(name, config, lora, output / f"lora-{name}")


if __name__ == "__main__":
    main()
