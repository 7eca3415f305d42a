"""Writes what torch.optim.AdamW and clip_grad_norm_ compute on three small parameters.

Run: python make_adamw_fixture.py [OUTPUT_FILE]   (see requirements.txt; CPU, float32)

adamw.safetensors holds, for parameters NAME in (weight, bias, norm) and steps STEP in 1..5,
  initial.NAME              the parameter before step 1
  grad.STEP.NAME            the gradient given to step STEP
  param.STEP.NAME           the parameter after it
  exp_avg.STEP.NAME         first moment after it
  exp_avg_sq.STEP.NAME      second moment after it
and for one set of gradients, clip.before.NAME, clip.after.NAME (max norm 1), clip.norm (1,): the global norm before clipping;
clip.small.before.NAME, clip.small.after.NAME, clip.small.norm: the same for gradients already below the maximum.
Settings: learning rate 1e-2, betas 0.9 and 0.95, epsilon 1e-8, weight decay 0.1.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

SHAPES = {"weight": (4, 6), "bias": (6,), "norm": (3, 1, 2)}
STEPS = 5


def clip(out: dict[str, torch.Tensor], prefix: str, gradients: dict[str, torch.Tensor]) -> None:
    parameters = []
    for name, gradient in gradients.items():
        parameter = torch.nn.Parameter(torch.zeros_like(gradient))
        parameter.grad = gradient.clone()
        parameters.append(parameter)
        out[f"{prefix}.before.{name}"] = gradient.clone()
    out[f"{prefix}.norm"] = torch.nn.utils.clip_grad_norm_(parameters, max_norm=1.0).reshape(1)
    for name, parameter in zip(gradients, parameters, strict=True):
        out[f"{prefix}.after.{name}"] = parameter.grad.clone()


def main(path: Path) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(3)
    parameters = {name: torch.nn.Parameter(torch.randn(shape)) for name, shape in SHAPES.items()}
    out = {f"initial.{name}": p.detach().clone() for name, p in parameters.items()}
    optimizer = torch.optim.AdamW(parameters.values(), lr=1e-2, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1)
    for step in range(1, STEPS + 1):
        for name, parameter in parameters.items():
            # Scales from 1e-4 to 1, and exact zeros, so that epsilon and the bias corrections matter.
            gradient = torch.randn(parameter.shape) * 10.0 ** (-(step % 5))
            gradient.view(-1)[step % gradient.numel()] = 0.0
            parameter.grad = gradient
            out[f"grad.{step}.{name}"] = gradient.clone()
        optimizer.step()
        for name, parameter in parameters.items():
            out[f"param.{step}.{name}"] = parameter.detach().clone()
            out[f"exp_avg.{step}.{name}"] = optimizer.state[parameter]["exp_avg"].clone()
            out[f"exp_avg_sq.{step}.{name}"] = optimizer.state[parameter]["exp_avg_sq"].clone()
    large = {name: torch.randn(shape) for name, shape in SHAPES.items()}
    clip(out, "clip", large)
    clip(out, "clip.small", {name: 0.01 * g for name, g in large.items()})
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(out, path)


if __name__ == "__main__":
    default = Path(__file__).parents[1] / "resources" / "fixtures" / "adamw.safetensors"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
