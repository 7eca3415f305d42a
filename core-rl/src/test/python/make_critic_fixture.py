"""Writes a tiny critic (Qwen2 and a linear value head) and what torch and transformers compute with it.

Run: python make_critic_fixture.py [OUTPUT_DIR]   (see requirements.txt; CPU, eager attention)

OUTPUT_DIR/tiny-critic holds the backbone as save_pretrained writes it, value_head.safetensors and expected.safetensors with
  input_ids      (B, T) int32   token ids, right-padded with 0
  prompts        (B,) int32     prompt tokens of each row
  responses      (B,) int32     response tokens of each row
  values.ROW     (C,)           value of the state before each response token
  returns.ROW    (C,)           R
  old.ROW        (C,)           v_old
  loss           (1,)           mean over all response tokens of 1/2 (v - R)^2
  grad.NAME                     gradient of that loss for the parameter NAME
  losses         (4,)           before each of 4 updates: mean of 1/2 max((v - R)^2, (clip(v, v_old +- 0.5) - R)^2)
  clipped        (4,)           share of tokens where the second term is the larger one
  norms          (4,)           gradient norm of each update before it is clipped to 1
  after.ROW      (C,)           values after the 4 updates: AdamW, learning rate 1e-3, betas 0.9 and 0.95, weight decay 0.01
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, Qwen2Config

PROMPTS = (3, 1, 4)
RESPONSES = (8, 3, 5)
VOCABULARY = 61
CLIP = 0.5
UPDATES = 4


class Critic(torch.nn.Module):
    def __init__(self, backbone: torch.nn.Module, width: int):
        super().__init__()
        self.backbone = backbone
        self.value_head = torch.nn.Linear(width, 1)

    def named(self) -> dict[str, torch.nn.Parameter]:
        names = {f"model.{name}": parameter for name, parameter in self.backbone.model.named_parameters()}
        return names | {f"value_head.{name}": parameter for name, parameter in self.value_head.named_parameters()}

    def forward(self, input_ids: torch.Tensor, attention: torch.Tensor) -> list[torch.Tensor]:
        hidden = self.backbone.model(input_ids=input_ids, attention_mask=attention).last_hidden_state
        values = self.value_head(hidden).squeeze(-1)
        return [values[i, p - 1 : p + c - 1] for i, (p, c) in enumerate(zip(PROMPTS, RESPONSES))]


def make_critic() -> Critic:
    torch.manual_seed(7)
    config = Qwen2Config(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=64,
        rms_norm_eps=1e-6,
        bos_token_id=None,
        eos_token_id=1,
        pad_token_id=0,
        rope_parameters=dict(rope_type="default", rope_theta=10000.0),
        tie_word_embeddings=True,
    )
    config._attn_implementation = "eager"
    critic = Critic(AutoModelForCausalLM.from_config(config).to(torch.float32).eval(), config.hidden_size)
    with torch.no_grad():
        for name, parameter in critic.named().items():
            if "norm" in name:
                parameter.copy_(1.0 + 0.3 * torch.randn(parameter.shape))
            else:
                parameter.copy_((0.3 if name.endswith("bias") else 0.2) * torch.randn(parameter.shape))
    return critic


def main(root: Path) -> None:
    torch.set_num_threads(1)
    critic = make_critic()
    directory = root / "tiny-critic"
    critic.backbone.save_pretrained(directory)
    save_file(
        {f"value_head.{name}": p.detach().clone() for name, p in critic.value_head.named_parameters()},
        directory / "value_head.safetensors",
    )
    lengths = [p + c for p, c in zip(PROMPTS, RESPONSES)]
    input_ids = torch.zeros(len(lengths), max(lengths), dtype=torch.long)
    attention = torch.zeros_like(input_ids)
    for i, n in enumerate(lengths):
        input_ids[i, :n] = torch.randint(2, VOCABULARY, (n,))
        attention[i, :n] = 1
    out = {
        "input_ids": input_ids.to(torch.int32),
        "prompts": torch.tensor(PROMPTS, dtype=torch.int32),
        "responses": torch.tensor(RESPONSES, dtype=torch.int32),
    }
    values = critic(input_ids, attention)
    returns = [torch.randn(c) for c in RESPONSES]
    old = [(v + 0.5 * torch.randn(v.shape)).detach() for v in values]
    for i, v in enumerate(values):
        out |= {f"values.{i}": v.detach().clone(), f"returns.{i}": returns[i], f"old.{i}": old[i]}
    loss = 0.5 * (torch.cat(values) - torch.cat(returns)).square().mean()
    loss.backward()
    out["loss"] = loss.detach().reshape(1)
    for name, parameter in critic.named().items():
        out[f"grad.{name}"] = parameter.grad.detach().clone()

    optimizer = torch.optim.AdamW(critic.parameters(), lr=1e-3, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.01)
    losses, clipped, norms = [], [], []
    target, before = torch.cat(returns), torch.cat(old)
    for _ in range(UPDATES):
        optimizer.zero_grad()
        v = torch.cat(critic(input_ids, attention))
        plain = (v - target).square()
        bounded = (torch.clamp(v, before - CLIP, before + CLIP) - target).square()
        loss = 0.5 * torch.maximum(plain, bounded).mean()
        loss.backward()
        losses.append(loss.detach())
        clipped.append((bounded > plain).float().mean())
        norms.append(torch.nn.utils.clip_grad_norm_(critic.parameters(), 1.0))
        optimizer.step()
    out |= {"losses": torch.stack(losses), "clipped": torch.stack(clipped), "norms": torch.stack(norms)}
    for i, v in enumerate(critic(input_ids, attention)):
        out[f"after.{i}"] = v.detach().clone()
    save_file(out, directory / "expected.safetensors")
    print({k: out[k].tolist() for k in ("loss", "losses", "clipped", "norms")})


if __name__ == "__main__":
    default = Path(__file__).parents[1] / "resources" / "fixtures"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
